"""The shell scripts of the embedded node, on folders that stand for the kernel's."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from scripts.cluster.embedded.node_binaries import SOURCE

DELEGATE = SOURCE / "rootfs/usr/local/lib/todo-node/delegate-cgroups"


def delegate(folder: Path, between_attempts: str) -> subprocess.CompletedProcess[str]:
    """Run the script on a cgroup that refuses its controllers as long as cgroup.subtree_control is a folder. A shell
    script takes the place of `sleep`; `calls` has a line for each of its calls."""
    (folder / "cgroup.controllers").write_text("cpu memory\n")
    (folder / "cgroup.procs").write_text("1\n70\n")
    (folder / "cgroup.subtree_control").mkdir()
    program = folder / "bin/sleep"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ncd {folder}; echo >>calls; {between_attempts}\n")
    program.chmod(0o755)
    env = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(["sh", str(DELEGATE), str(folder)], env=env, capture_output=True, text=True, timeout=60)


def test_a_process_that_joins_while_controllers_are_enabled_is_moved_as_well(tmp_path: Path) -> None:
    done = delegate(tmp_path, "echo 71 >cgroup.procs; rmdir cgroup.subtree_control")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "node/cgroup.procs").read_text() == "71\n"
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+memory\n"
    assert (tmp_path / "calls").read_text() == "\n"


def test_a_group_that_never_becomes_empty_ends_the_start_with_a_sentence(tmp_path: Path) -> None:
    done = delegate(tmp_path, ":")
    assert done.returncode == 1
    assert done.stderr.startswith("cgroup controllers cannot be delegated: new processes keep joining")


def test_the_start_of_the_node_uses_the_script() -> None:
    assert '"$lib/delegate-cgroups" /sys/fs/cgroup' in DELEGATE.with_name("entrypoint").read_text()
    assert os.access(DELEGATE, os.X_OK)
