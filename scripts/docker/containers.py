"""The containers of a Docker engine, with the networks and volumes that they use."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from scripts.core.runner import Result
from scripts.docker.connection import SECONDS, Connection
from scripts.docker.errors import EngineError, NotFound

REMOVAL_SECONDS = 60.0


@dataclass(frozen=True)
class Container:
    """`state` is Docker's word (running, exited, …); `ports` are the container's TCP ports with the host's; `env` is
    its environment, the image's included."""

    state: str
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[int, int] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)


class Containers:
    """Requests about containers; every failure is an EngineError that names the container."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, name: str) -> Container | None:
        with suppress(NotFound):
            with self._connection.request(f"inspect container {name}") as client:
                found = client.inspect_container(name)
            return parse(found)
        return None

    def run(self, name: str, config: Mapping[str, Any]) -> None:
        """Create a container from the body of the Engine API's ContainerCreate, and start it."""
        with self._connection.request(f"create container {name}") as client:
            client.create_container_from_config(dict(config), name)
        self.start(name)

    def start(self, name: str) -> None:
        with self._connection.request(f"start container {name}") as client:
            client.start(name)

    def stop(self, name: str) -> None:
        with self._connection.request(f"stop container {name}") as client:
            client.stop(name)

    def kill(self, name: str) -> None:
        with self._connection.request(f"kill container {name}") as client:
            client.kill(name)

    def remove(self, name: str) -> None:
        """Kill and remove a container, and wait until it is gone, also if another program removes it already."""
        with suppress(NotFound):
            try:
                with self._connection.request(f"remove container {name}") as client:
                    client.remove_container(name, force=True)
            except NotFound:
                return
            except EngineError as error:
                if "already in progress" not in error.what:
                    raise
            with self._connection.request(f"remove container {name}", REMOVAL_SECONDS) as client:
                client.wait(name, condition="removed", timeout=REMOVAL_SECONDS)

    def exec(self, name: str, *argv: str, seconds: float = SECONDS) -> Result:
        """Run a program in a container to its end. It must print something at least every `seconds`."""
        with self._connection.request(f"run {argv[0]} in container {name}", seconds) as client:
            made = client.exec_create(name, list(argv))
            # The SDK's exec_start waits without a time limit and leaves its socket open.
            url = f"{client.base_url}/v{client.api_version}/exec/{made['Id']}/start"
            with client.post(url, json={"Detach": False, "Tty": False}, stream=True, timeout=seconds) as response:
                response.raise_for_status()
                said = response.raw.read()
            status = client.exec_inspect(made["Id"])["ExitCode"]
        return Result(argv, status, *(part.decode(errors="replace") for part in streams(said)))

    def last_log_line(self, name: str) -> str:
        with suppress(EngineError), self._connection.request(f"read the log of container {name}") as client:
            said: bytes = client.logs(name, tail=1)
            return said.decode(errors="replace").strip()
        return ""

    def publishing(self, port: int) -> str:
        """The name of the running container that publishes this port of the host; "" if none does."""
        with self._connection.request(f"look for the container that publishes port {port}") as client:
            found = client.containers(filters={"publish": str(port)})
        return str(found[0]["Names"][0]).removeprefix("/") if found else ""

    def image_ids(self) -> set[str]:
        """The ids of the images of all containers, running or not."""
        with self._connection.request("list the containers") as client:
            return {str(found["ImageID"]) for found in client.containers(all=True)}

    def ensure_network(self, name: str) -> list[str]:
        """Create a network if it does not exist; returns its subnets."""
        with self._connection.request(f"create network {name}") as client:
            if not any(network["Name"] == name for network in client.networks(names=[name])):
                client.create_network(name)
            config = client.inspect_network(name)["IPAM"]["Config"] or ()
        return [entry["Subnet"] for entry in config if entry.get("Subnet")]

    def remove_network(self, name: str) -> None:
        """A network that does not exist is no error."""
        with suppress(NotFound), self._connection.request(f"remove network {name}") as client:
            client.remove_network(name)

    def remove_volume(self, name: str) -> None:
        """Remove a volume with its data. One that does not exist is no error."""
        with suppress(NotFound), self._connection.request(f"remove volume {name}") as client:
            client.remove_volume(name)


def streams(said: bytes) -> tuple[bytes, bytes]:
    """Split the frames of an attached container into stdout and stderr. A frame begins with its stream and length."""
    out, err = bytearray(), bytearray()
    while len(said) >= 8:
        stream, length = struct.unpack(">BxxxL", said[:8])
        (err if stream == 2 else out).extend(said[8 : 8 + length])
        said = said[8 + length :]
    return bytes(out), bytes(err)


def parse(found: Mapping[str, Any]) -> Container:
    """A container as ContainerInspect describes it."""
    published = (found.get("NetworkSettings") or {}).get("Ports") or {}
    ports = {
        int(port.removesuffix("/tcp")): int(binding["HostPort"])
        for port, bindings in published.items()
        for binding in bindings or ()
        if port.endswith("/tcp") and ":" not in binding["HostIp"]
    }
    env = dict(variable.partition("=")[::2] for variable in found["Config"].get("Env") or ())
    return Container(found["State"]["Status"], found["Config"].get("Labels") or {}, ports, env)
