"""A Docker engine: what it is, and all that is asked of it. Builds alone go through the docker CLI (build.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from scripts.docker.connection import QUICK_SECONDS, Connection
from scripts.docker.containers import Containers
from scripts.docker.images import Images


@dataclass(frozen=True)
class Facts:
    """What an engine says of itself; `time` is its clock, as ISO 8601, and `cgroups` their version."""

    version: str
    name: str
    system: str
    data_root: Path
    architecture: str = ""
    cgroups: str = ""
    time: str = ""


class Engine:
    """The engine that `env` names by docker's own variables (DOCKER_HOST, …), else the one that this process's
    environment or the current docker context names; `cli` is the docker CLI to build with."""

    def __init__(self, env: Mapping[str, str] | None = None, cli: str = "docker") -> None:
        self.env = dict(env or {})
        self.cli = cli
        self.connection = Connection(self.env)
        self.images = Images(self.connection)
        self.containers = Containers(self.connection)

    @cached_property
    def facts(self) -> Facts:
        """Raises Unreachable if it does not answer, UserError if this user may not use it."""
        with self.connection.request("describe itself", QUICK_SECONDS) as client:
            info = client.info()
        version, name, system = (str(info.get(key, "")) for key in ("ServerVersion", "Name", "OperatingSystem"))
        more = (str(info.get(key, "")) for key in ("Architecture", "CgroupVersion", "SystemTime"))
        return Facts(version, name, system, Path(info.get("DockerRootDir") or "/var/lib/docker"), *more)
