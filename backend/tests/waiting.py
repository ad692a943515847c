"""Waits for what happens in processes and threads that tests start."""

import subprocess
import time
from collections.abc import Callable

import httpx2

DEADLINE_SECONDS = 60


def until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, f"not within {DEADLINE_SECONDS} s"
        time.sleep(0.05)


def until_answered(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Return once the process answers there with success."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the process ended with {process.returncode}"
        try:
            if httpx2.get(url, timeout=5).is_success:
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"{url} was not answered within {DEADLINE_SECONDS} s")
