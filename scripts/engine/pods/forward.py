"""Port forwards: a listening socket here, a connection to the newest ready pod for each client."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from scripts.engine.pods.mirror import Object
from scripts.kube.api import Kube
from scripts.kube.errors import ApiError
from scripts.kube.podport import Tunnel


class Forward:
    """Forwards 127.0.0.1:`local` for as long as `stop` was not called; pods are looked up for every connection."""

    def __init__(self, kube: Kube, local: int, container: int, pods: Callable[[], list[Object]]) -> None:
        self._kube = kube
        self._container = container
        self._pods = pods
        self._listener = socket.create_server(("127.0.0.1", local))
        threading.Thread(target=self._accept, name=f"forward {local}", daemon=True).start()

    def stop(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            pod = next(iter(ready(self._pods())), None)
            if pod is None:
                return
            try:
                remote = self._kube.forward(pod["metadata"]["namespace"], pod["metadata"]["name"], self._container)
            except ApiError:
                return
            back = threading.Thread(target=_pump, args=(remote, client), daemon=True)
            back.start()
            _pump(client, remote)
            back.join()
            remote.close()


def ready(pods: list[Object]) -> list[Object]:
    """Pods that take traffic, the newest first."""
    found = [
        pod
        for pod in pods
        if any(c["type"] == "Ready" and c["status"] == "True" for c in pod.get("status", {}).get("conditions", ()))
    ]
    return sorted(found, key=lambda pod: str(pod["metadata"]["creationTimestamp"]), reverse=True)


def _pump(source: socket.socket | Tunnel, target: socket.socket | Tunnel) -> None:
    """Copy until either side ends; then end the other too."""
    with suppress(OSError, ValueError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError, ValueError):
            end.shutdown(socket.SHUT_RDWR)
