"""Compiles the node's programs beside other work: it takes longest, so it begins first."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from pathlib import Path

from scripts.cluster.embedded import node_binaries
from scripts.core.progress import Steps
from scripts.core.runner import Runner


class BackgroundCompile:
    """One compile, begun by the first who knows that it is needed. Its thread ends with the process."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._programs: Future[Path] | None = None

    def begin(self, steps: Steps) -> Future[Path]:
        """The folder of the programs, once they are compiled; at once if they are in the cache."""
        with self._lock:
            if self._programs is None:
                self._programs = Future()
                threading.Thread(target=self._run, args=(steps, self._programs), daemon=True).start()
            return self._programs

    def cancel(self) -> None:
        """Stop it: what needs the programs has failed."""
        self._cancelled.set()

    def _run(self, steps: Steps, programs: Future[Path]) -> None:
        try:
            if not node_binaries.folder().is_dir():
                with steps.step("Compile Kubernetes, containerd, etcd, CoreDNS and Helm") as step:
                    node_binaries.ensure(self._runner, step, self._cancelled.is_set)
            programs.set_result(node_binaries.folder())
        except BaseException as error:
            programs.set_exception(error)
