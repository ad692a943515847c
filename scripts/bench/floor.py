"""The least that an edit can take: one file by tar through a connection that is open, and the service's own reload.

No engine takes part. What a loop takes longer than this is the time it needs to notice the save, to decide what to do
and to reach the container.
"""

from __future__ import annotations

import io
import tarfile
import time
from pathlib import Path

from websocket import ABNF, WebSocket

from scripts.bench.checkout import sources
from scripts.bench.edits import SERVICES, Probe
from scripts.bench.statistics import Sample
from scripts.core.errors import UserError
from scripts.kube.api import Kube, collection
from scripts.kube.errors import api_errors
from scripts.stack import NAMESPACE, PART_OF
from scripts.workloads import COMPONENT

SECONDS = 60.0
# tar alone would read until the end of its input; the size tells where an archive ends in an input that goes on.
RECEIVE = 'while read -r size; do head -c "$size" | tar -x -o -m -C "$1" -f - && echo unpacked || echo failed; done'
STDIN, STDOUT, STDERR = 0, 1, 2


class Container:
    """An open exec in the container of a service, which unpacks one archive after another; `close` ends it."""

    def __init__(self, kube: Kube, name: str) -> None:
        pod, container = _running(kube, name)
        self._where = f"container {container} of pod {pod}"
        self._socket: WebSocket = kube.open_exec(NAMESPACE, pod, container, receiver("/"))
        self._socket.settimeout(SECONDS)

    def unpack(self, archive: bytes) -> None:
        """Returns when the file is there. `archive` is what `framed` makes."""
        with api_errors(f"unpack a file in {self._where}"):
            self._socket.send(bytes([STDIN]) + archive, opcode=ABNF.OPCODE_BINARY)
            said = b""
            while b"\n" not in said:
                opcode, frame = self._socket.recv_data_frame(True)
                if opcode == ABNF.OPCODE_CLOSE:
                    raise UserError(f"the connection to {self._where} has ended", "run: ./dev up --once")
                if frame.data[:1] in (bytes([STDOUT]), bytes([STDERR])):
                    said += frame.data[1:]
        if said.strip() != b"unpacked":
            raise UserError(f"{self._where} could not unpack a file: {said.decode(errors='replace').strip()}")

    def close(self) -> None:
        self._socket.shutdown()  # type: ignore[no-untyped-call]


class FloorBench:
    """Edits one service of a stack that no loop watches. `folder` is a checkout of what it serves; `close` puts the
    original file back into the container."""

    def __init__(self, kube: Kube, probe: Probe, folder: Path, name: str) -> None:
        self._probe, self._folder, self._name = probe, folder, name
        self._service = SERVICES[name]
        self._path = folder / self._service.source
        self._text = self._path.read_text()
        self._number = 0
        self._container = Container(kube, name)

    def edit(self) -> Sample:
        self._number += 1
        return self._save(self._text + self._service.added(self._number))

    def close(self) -> None:
        try:
            self._save(self._text)
        finally:
            self._path.write_text(self._text)
            self._container.close()

    def _save(self, text: str) -> Sample:
        self._path.write_text(text)  # for the revision; nothing watches it
        before, wanted, archive = self._probe.revision(self._name), self._wanted(), framed(self._service.target, text)
        if wanted == before:
            return Sample(0.0)
        began = time.monotonic()
        self._container.unpack(archive)
        there = time.monotonic()
        served = self._probe.until_changed(self._name, before, lambda: wanted, began + SECONDS, lambda: None)
        return Sample(served - began, {"unpack": there - began, "reload": served - there})

    def _wanted(self) -> str:
        return sources(self._folder, self._name)


def receiver(root: str) -> list[str]:
    """A command that reads sizes and archives, unpacks each below `root`, and says so with a line."""
    return ["sh", "-c", RECEIVE, "sh", root]


def framed(target: str, text: str) -> bytes:
    """The size and the archive of one file, as `receiver` reads them."""
    data, buffer = text.encode(), io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo(target.lstrip("/"))
        info.size, info.mode = len(data), 0o644
        tar.addfile(info, io.BytesIO(data))
    return f"{len(buffer.getvalue())}\n".encode() + buffer.getvalue()


def _running(kube: Kube, name: str) -> tuple[str, str]:
    """Pod and container of a service."""
    query = {"labelSelector": f"{PART_OF},{COMPONENT}={name}"}
    pods = kube.call(f"list the pods of {name}", "GET", collection("v1", "pods", NAMESPACE), query=query)["items"]
    for pod in pods:
        if pod["status"].get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]:
            return pod["metadata"]["name"], pod["spec"]["containers"][0]["name"]
    raise UserError(f"no pod of {name} runs in namespace {NAMESPACE}", "run: ./dev up --once")
