"""What every kind of cluster can do for the rest of the project."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from scripts.core.progress import Steps
from scripts.docker.route import ImageRoute

State = Literal["running", "stopped", "absent", "broken"]


@dataclass(frozen=True)
class ClusterStatus:
    """A cluster as it stands; `detail` is one line for a person."""

    name: str
    state: State
    detail: str = ""


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

    def takes_images(self) -> bool:
        """Whether images can be delivered to it now; takes less time than `status`, which looks at all of it."""
        ...

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


def environment(provider: Provider) -> dict[str, str]:
    """The variables by which kubectl and helm, and what starts them, use a cluster."""
    found = {"KUBECONFIG": str(provider.kubeconfig())}
    if tools := provider.bin_dir():
        found["PATH"] = f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return found
