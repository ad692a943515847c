"""The system's limit of watches, met inside a watched tree."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

NAMESPACE = ["unshare", "--user", "--map-root-user"]


def test_a_nested_folder_that_cannot_be_watched_is_reported_and_watched_once_the_limit_is_raised(
    tmp_path: Path,
) -> None:
    if subprocess.run([*NAMESPACE, "test", "-w", "/proc/sys/user/max_inotify_watches"], capture_output=True).returncode:
        pytest.skip("user namespaces are not available here")
    argv = [sys.executable, "-m", "tests.unit.files.few_watches", os.readlink("/proc/self/ns/user"), str(tmp_path)]
    done = subprocess.run([*NAMESPACE, *argv], capture_output=True, text=True, timeout=120)
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert list(lines) == ["start", "new folder", "still", "raised"], done.stderr
    src = tmp_path / "tree/src"
    assert lines["start"].startswith(f"cannot watch {src}/deep")
    assert lines["new folder"].startswith(f"cannot watch {src}/late: inotify watch limit reached; raise it: sysctl")
    assert lines["still"].startswith(f"cannot watch {src}")
    assert lines["raised"] == "0 errors"
