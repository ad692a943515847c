"""Waits for processes that tests start."""

import subprocess
import time

import httpx2

DEADLINE_SECONDS = 60


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
