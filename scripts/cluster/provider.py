"""What every kind of cluster can do for the rest of the project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from scripts.core.progress import Steps

State = Literal["running", "stopped", "absent", "broken"]
RouteKind = Literal["registry", "docker-env", "kind-load", "k3d-import"]


@dataclass(frozen=True)
class ClusterStatus:
    """A cluster as it stands; `detail` is one line for a person."""

    name: str
    state: State
    detail: str = ""


@dataclass(frozen=True)
class ImageRoute:
    """How an image built here gets to where the cluster pulls it.

    `push_host` is the registry as this machine reaches it, `pull_host` as the cluster does (both "" without a
    registry). Where `by_host_only`, images there are pulled only by names that begin with `pull_host`; else what lies
    there below `library/` is also what the cluster gets for names without a host. `cluster` is the name by which a
    loader (kind, k3d) knows the cluster; `env` what docker needs in its environment; `why` the evidence for all this.
    """

    kind: RouteKind
    push_host: str = ""
    pull_host: str = ""
    by_host_only: bool = False
    cluster: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    why: str = ""


class Provider(Protocol):
    """A kind of cluster. Methods raise UserError when a person has to do something."""

    @property
    def name(self) -> str: ...

    @property
    def context(self) -> str:
        """The context's name in `kubeconfig()`."""
        ...

    def available(self) -> str | None:
        """None when it can work on this machine, else the reason why not."""
        ...

    def start(self, steps: Steps) -> None:
        """Bring it to running, from whatever state it is in."""
        ...

    def stop(self) -> None:
        """Stop it; data stays."""
        ...

    def delete(self) -> None:
        """Remove it with its data."""
        ...

    def status(self) -> ClusterStatus: ...

    def kubeconfig(self) -> Path:
        """The file that holds `context`."""
        ...

    def bin_dir(self) -> Path | None:
        """A folder with kubectl and helm that fit; None where those on PATH are to be used."""
        ...

    def node_url(self, port: int) -> str:
        """The http URL under which this machine reaches a NodePort."""
        ...

    def image_route(self) -> ImageRoute: ...
