"""./dev on a machine where it never ran: the Python environment that it makes."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.core.paths import ROOT

# Reports each environment that is made, and makes it only once it is allowed to.
PYTHON = """\
#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then echo venv >>"{folder}/made"; cat "{folder}/may-make" >/dev/null; {make}; fi
exec {python} "$@"
"""
# What `venv --clear` makes takes seconds; this is enough where only the order of things matters.
QUICK = 'rm -rf "$4"; mkdir -p "$4/bin"; ln -s {python} "$4/bin/python"; exit'


class Checkout:
    """A copy with requirements that need no network, and a command that prints a line."""

    def __init__(self, folder: Path, make: str) -> None:
        self.folder = folder / "checkout"
        (self.folder / "scripts").mkdir(parents=True)
        shutil.copy(ROOT / "dev", self.folder)
        (self.folder / "requirements-dev.txt").write_text("# nothing\n")
        (self.folder / "scripts/__main__.py").write_text("import sys\nprint('ran', *sys.argv[1:])\n")
        os.mkfifo(folder / "may-make")
        self.made, self._may_make = folder / "made", folder / "may-make"
        python = folder / "python"
        make = make.format(python=sys.executable)
        python.write_text(PYTHON.format(folder=folder, python=sys.executable, make=make))
        python.chmod(0o755)
        self.env = {**os.environ, "TODO_PYTHON": str(python), "TODO_CACHE_DIR": str(folder / "cache")}

    def run(self, *args: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            ["./dev", *args], cwd=self.folder, env=self.env, stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )

    def allow(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Waits until an environment is about to be made, and lets it be made."""
        with self._may_make.open("w"):
            meanwhile()


@pytest.fixture
def quick(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path, QUICK)


def test_two_first_runs_at_once_make_one_environment_and_both_run(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path, ":")
    first = checkout.run("one")
    assert first.stderr is not None
    assert first.stderr.readline().startswith("Making the Python environment")
    second = checkout.run("two")
    assert second.stderr is not None
    assert second.stderr.readline() == "Another ./dev makes the Python environment; waiting for it\n"
    checkout.allow()
    assert [process.communicate(timeout=120) for process in (first, second)] == [("ran one\n", ""), ("ran two\n", "")]
    assert checkout.made.read_text() == "venv\n"
    assert (checkout.folder / ".venv").is_symlink()


def test_a_run_that_waited_leaves_the_link_alone_that_another_runs_through(quick: Checkout) -> None:
    first = quick.run()
    quick.allow()
    assert first.communicate(timeout=120)[0] == "ran\n"
    link = quick.folder / ".venv"
    target = link.readlink()
    link.unlink()
    with target.with_name(f"{target.name}.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = quick.run("two")
        assert second.stderr is not None and second.stderr.readline().startswith("Another ./dev")
        link.symlink_to(target)
        made = link.lstat().st_mtime_ns
    assert second.communicate(timeout=120) == ("ran two\n", "")
    assert link.lstat().st_mtime_ns == made


def test_all_checkouts_run_by_one_path_as_bytecode_is_kept_by_path(quick: Checkout) -> None:
    (quick.folder / "scripts/__main__.py").write_text("import sys\nprint(sys.executable)\n")
    first = quick.run()
    quick.allow()
    program = first.communicate(timeout=120)[0].strip()
    assert program == str((quick.folder / ".venv").readlink() / "bin/python")


def test_a_run_that_was_killed_half_way_leaves_no_lock(quick: Checkout) -> None:
    first = quick.run()
    quick.allow(first.kill)
    first.communicate(timeout=120)
    second = quick.run("again")
    quick.allow()
    assert second.communicate(timeout=120)[0] == "ran again\n"


def test_the_lock_is_not_held_by_the_command_that_follows(quick: Checkout) -> None:
    (quick.folder / "scripts/__main__.py").write_text("print('runs', flush=True)\ninput()\n")
    first = quick.run()
    quick.allow()
    assert first.stdout is not None and first.stdout.readline() == "runs\n"
    (quick.folder / ".venv").unlink()
    second = quick.run()
    assert second.communicate(timeout=120)[0] == "runs\n"
    first.kill()
    first.communicate()
