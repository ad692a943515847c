"""Programs in a terminal of their own, which may be closed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from signal import SIGHUP, SIGKILL

from scripts.core.paths import ROOT

# As in a terminal of one's own, closing it ends the program also where these tests run by nohup.
LOG_IN = (
    "import os, signal, sys; os.login_tty(0); signal.signal(signal.SIGHUP, signal.SIG_DFL); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
DEADLINE_SECONDS = 60


class Terminal:
    def __init__(self, arguments: Sequence[str]) -> None:
        """Runs Python with these arguments."""
        self._own, its = os.openpty()
        argv = [sys.executable, "-c", LOG_IN, *arguments]
        self._process = subprocess.Popen(argv, cwd=ROOT, stdin=its, stdout=its, stderr=its)
        os.close(its)

    def wait_for(self, text: str) -> None:
        """Until the program has printed it."""
        seen = b""
        while text.encode() not in seen:
            seen += os.read(self._own, 65536)

    def close(self) -> int:
        """As a person does it, with a shell that says so too. Returns the status of the program."""
        os.close(self._own)
        self._own = -1
        self._process.send_signal(SIGHUP)
        return self._process.wait(DEADLINE_SECONDS)

    def clean_up(self) -> None:
        if self._own >= 0:
            os.close(self._own)
        if self._process.poll() is None:
            self._process.send_signal(SIGKILL)
            self._process.wait()


@contextmanager
def terminal(*arguments: str) -> Iterator[Terminal]:
    opened = Terminal(arguments)
    try:
        yield opened
    finally:
        opened.clean_up()
