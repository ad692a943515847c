"""The signals by which a person or the system ends a command. Each is a KeyboardInterrupt, for an end in order."""

from __future__ import annotations

import errno
import os
import signal
import termios
from types import FrameType


def install() -> None:
    """From now on these signals interrupt the main thread."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Shells start background jobs with SIGINT ignored, and the programs started here would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as by nohup
        signal.signal(signal.SIGHUP, _hang_up)


def _hang_up(number: int, frame: FrameType | None) -> None:
    """The terminal was closed. Both the kernel and a shell say so; the second must not cut the end short."""
    signal.signal(number, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_WRONLY)
    for output in (1, 2):
        if _is_gone(output):  # what is printed at the end would be an error
            os.dup2(null, output)
    raise KeyboardInterrupt


def _is_gone(file: int) -> bool:
    """Whether a descriptor leads to a terminal that was closed."""
    try:
        termios.tcgetattr(file)
    except termios.error as error:
        return bool(error.args[0] == errno.EIO)
    return False
