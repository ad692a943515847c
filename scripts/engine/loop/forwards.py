"""The port-forwards that the Tiltfile asks for, and what the page says of those that do not work."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from scripts.engine.record.board import Board
from scripts.kube.api import Kube
from scripts.kube.forward import Forward
from scripts.kube.pod import Object, newest_ready
from scripts.tiltfile.model import Environment, K8sResource, PortForward


class Forwards:
    """`pods` gives the current pods of a resource. A link to a port that another program has is left out."""

    def __init__(self, kube: Kube, board: Board, pods: Callable[[str], list[Object]]) -> None:
        self._kube, self._board, self._pods = kube, board, pods
        self._open: dict[tuple[str, PortForward], Forward] = {}
        self._environment: Environment | None = None

    def adopt(self, environment: Environment) -> None:
        """Open what is new, close what is no longer asked for."""
        self._environment = environment
        wanted = {
            (resource.name, forward)
            for resource in environment.resources
            if isinstance(resource, K8sResource)
            for forward in resource.port_forwards
        }
        for key in self._open.keys() - wanted:
            self._open.pop(key).stop()
        for name, port in wanted - self._open.keys():
            pod = partial(self._pod, name)
            self._open[name, port] = Forward(self._kube, port.local, port.container, pod, self.show)
        self.show()

    def _pod(self, name: str) -> tuple[str, str] | None:
        return newest_ready(self._pods(name))

    def show(self) -> None:
        """Put the state of the forwards in the rows of their resources; other rows may have had some before."""
        for resource in self._environment.resources if self._environment else ():
            mine = {port: forward for (name, port), forward in list(self._open.items()) if name == resource.name}
            problems = [forward.problem for forward in mine.values() if forward.problem]
            dead = [rf"\blocalhost:{port.local}\b" for port, forward in mine.items() if forward.problem]
            alive = [link for link in resource.links if not any(re.search(address, link.url) for address in dead)]
            links = tuple({"url": link.url, "name": link.name} for link in alive)
            forwards = tuple(
                {"local": port.local, "container": port.container, "problem": forward.problem}
                for port, forward in mine.items()
            )
            self._board.change(resource.name, links=links, note="; ".join(problems), forwards=forwards)

    def stop(self) -> None:
        for forward in self._open.values():
            forward.stop()
