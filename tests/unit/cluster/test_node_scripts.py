"""The shell scripts of the embedded node, on folders that stand for the kernel's."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from scripts.cluster.embedded.node_binaries import SOURCE

SCRIPTS = SOURCE / "rootfs/usr/local/lib/todo-node"
DELEGATE = SCRIPTS / "delegate-cgroups"
WEEK = 7 * 24 * 3600


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


def forget_images(folder: Path) -> list[str]:
    """Run the script on the registry in `folder`; returns the calls of docker-registry."""
    config = folder / "registry.yaml"
    config.write_text(f"storage:\n  filesystem:\n    rootdirectory: {folder}\n")
    program = folder / "bin/docker-registry"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >>{folder}/calls\n')
    program.chmod(0o755)
    env = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([SCRIPTS / "forget-images", config], env=env, check=True, timeout=60)
    return (folder / "calls").read_text().splitlines() if (folder / "calls").exists() else []


def test_what_a_loop_pushed_more_than_a_week_ago_is_forgotten_at_a_start(tmp_path: Path) -> None:
    repository = tmp_path / "docker/registry/v2/repositories/library/todo-backend/_manifests/tags"
    long_ago = time.time() - 2 * WEEK
    for tag, age in (("tilt-old", long_ago), ("tilt-new", time.time()), ("0.1.0", long_ago)):
        (repository / tag / "current").mkdir(parents=True)
        os.utime(repository / tag, (age, age))
    assert forget_images(tmp_path) == [f"garbage-collect --delete-untagged {tmp_path}/registry.yaml"]
    assert sorted(tag.name for tag in repository.iterdir()) == ["0.1.0", "tilt-new"]


def test_a_registry_without_old_images_or_without_any_starts_at_once(tmp_path: Path) -> None:
    assert forget_images(tmp_path) == []
