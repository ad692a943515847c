"""Port forwards: listening sockets here, and for each client a connection to a pod."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from scripts.core import ports
from scripts.core.runner import Subprocess
from scripts.kube.api import Kube
from scripts.kube.errors import ApiError
from scripts.kube.podport import Tunnel

RETRY_SECONDS = 2.0
ACCEPT_RETRY_SECONDS = 0.1
Pod = tuple[str, str]
"""Namespace and name."""


class Forward:
    """Forwards port `local` of localhost for as long as `stop` was not called; `pod` is asked for every connection.

    While another program has the port, `problem` says so and the port is tried again; `on_change` is called from a
    thread of its own whenever `problem` has changed. A link to the port leads to that program until then.
    """

    def __init__(
        self, kube: Kube, local: int, container: int, pod: Callable[[], Pod | None], on_change: Callable[[], object]
    ) -> None:
        self._kube, self._local, self._container, self._pod = kube, local, container, pod
        self._on_change = on_change
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._listeners: list[socket.socket] = []
        self.problem = self._listen()
        threading.Thread(target=self._run, name=f"forward {local}", daemon=True).start()

    def stop(self) -> None:
        with self._lock:
            self._stopped.set()
            for listener in self._listeners:
                with suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
                listener.close()

    def _listen(self) -> str:
        """Why that was not possible, or ""."""
        with self._lock:
            if self._stopped.is_set():
                return ""
            try:
                self._listeners = listen(self._local)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    return f"cannot forward port {self._local}: {error.strerror}; choose another one in the Tiltfile"
                who = ports.holder(Subprocess(), self._local)
                if f"(pid {os.getpid()})" in who:
                    return f"port {self._local} is used twice, by another port-forward or the page; choose another one"
                return f"port {self._local} is in use by {who}; stop it, and the forward starts by itself"
            return ""

    def _run(self) -> None:
        while self.problem:
            if self._stopped.wait(RETRY_SECONDS):
                return
            before, self.problem = self.problem, self._listen()
            if self.problem != before:
                self._on_change()
        for listener in self._listeners:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while not self._stopped.is_set():
            try:
                client, _ = listener.accept()
            except OSError:  # it was stopped, the client has gone, or this process has too many files open
                self._stopped.wait(ACCEPT_RETRY_SECONDS)
                continue
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            if (pod := self._pod()) is None:
                return
            try:
                remote = self._kube.forward(*pod, self._container)
            except ApiError:
                return
            back = threading.Thread(target=_pump, args=(remote, client), daemon=True)
            back.start()
            _pump(client, remote)
            back.join()
            remote.close()


def listen(port: int) -> list[socket.socket]:
    """Both of localhost's addresses, as a browser may take either. Raises OSError if one is in use."""
    listeners = [socket.create_server(("127.0.0.1", port))]
    try:
        listeners.append(socket.create_server(("::1", port), family=socket.AF_INET6))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            listeners[0].close()
            raise
    return listeners  # without the second where there is no IPv6


def _pump(source: socket.socket | Tunnel, target: socket.socket | Tunnel) -> None:
    """Copy until either side ends; then end the other too."""
    with suppress(OSError, ValueError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError, ValueError):
            end.shutdown(socket.SHUT_RDWR)
