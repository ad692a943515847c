"""./dev on a machine where it never ran: the Python environment that it makes."""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.core.paths import ROOT, cache_dir
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.environment import package_index, uv_program
from scripts.leftovers import packages
from tests.unit.python_index import serving_index, sha256, wheel

PIN = uv_program.read_pin(ROOT / "requirements-uv.txt")
# Reports each environment that is made, and makes it only once it is allowed to.
GATE = """\
#!/bin/sh
if [ "$1" = venv ]; then echo venv >>{folder}/made; cat {folder}/may-make >/dev/null; fi
"""
# What uv makes is not needed where only the order of things matters.
QUICK = """\
[ "$1" = pip ] || { rm -rf "$5"; mkdir -p "$5/bin"; ln -s "$4" "$5/bin/python"; }
"""
NOWHERE = "http://127.0.0.1:9/simple"


class Checkout:
    """A copy with requirements that need no network, and a command that prints a line."""

    def __init__(self, folder: Path, name: str = "checkout") -> None:
        self.folder, self.cache = folder / name, folder / "cache"
        for package in ("core", "environment"):
            shutil.copytree(ROOT / "scripts" / package, self.folder / "scripts" / package)
        shutil.copy(ROOT / "dev", self.folder)
        shutil.copy(ROOT / "requirements-uv.txt", self.folder)
        self.require("# nothing\n")
        self.command("import sys\nprint('ran', *sys.argv[1:])\n")
        self.made, self._may_make = folder / "made", folder / "may-make"
        self.env = {**os.environ, "TODO_CACHE_DIR": str(self.cache), "PIP_INDEX_URL": NOWHERE}

    def require(self, text: str) -> None:
        (self.folder / "requirements-dev.txt").write_text(text)

    def command(self, text: str) -> None:
        (self.folder / "scripts/__main__.py").write_text(text)

    def uv(self, script: str) -> None:
        """Have a script in place of uv."""
        program = self.cache / "uv" / f"uv-{PIN.version}"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(script)
        program.chmod(0o755)

    def gate(self, then: str) -> None:
        os.mkfifo(self._may_make)
        self.uv(GATE.format(folder=shlex.quote(str(self._may_make.parent))) + then)

    def run(self, *args: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            ["./dev", *args], cwd=self.folder, env=self.env, stdin=pipe, stdout=pipe, stderr=pipe, text=True,
            start_new_session=True,
        )  # fmt: skip

    def output(self, *args: str) -> tuple[str, str]:
        return self.run(*args).communicate(timeout=120)

    def allow(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Waits until an environment is about to be made, and lets it be made."""
        with self._may_make.open("w"):
            meanwhile()


@pytest.fixture(scope="session")
def real_uv() -> Path:
    """The one that made the environment of these tests."""
    index = package_index.find(os.environ)
    return uv_program.ensure(Subprocess(), Steps(), PIN, cache_dir() / "uv", index)


@pytest.fixture
def checkout(tmp_path: Path, real_uv: Path) -> Checkout:
    checkout = Checkout(tmp_path)
    checkout.uv(f'#!/bin/sh\nexec {shlex.quote(str(real_uv))} "$@"\n')
    return checkout


@pytest.fixture
def quick(tmp_path: Path) -> Checkout:
    checkout = Checkout(tmp_path)
    checkout.gate(QUICK)
    return checkout


def test_the_first_run_installs_what_is_required_as_bytecode_and_shows_it(checkout: Checkout) -> None:
    content = wheel("hello", "1.0", {"hello.py": "NAME = 'world'\n"})
    checkout.require(f"hello==1.0 --hash=sha256:{sha256(content)}\n")
    checkout.command("import hello, sys\nprint(hello.NAME, hello.__cached__)\n")
    checkout.env["PYTHONDONTWRITEBYTECODE"] = "1"
    with serving_index({"hello-1.0-py3-none-any.whl": content}) as url:
        checkout.env["PIP_INDEX_URL"] = url
        out, err = checkout.output()
    assert out, err
    name, compiled = out.split()
    assert name == "world"
    assert Path(compiled).is_file()
    first, *steps = err.splitlines()
    assert first == "Making the Python environment from requirements-dev.txt (once)"
    assert [line.partition("  (")[0] for line in steps] == ["✓ Install requirements-dev.txt"]


def test_packages_that_no_environment_has_go_and_are_downloaded_again(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = wheel("hello", "1.0", {"hello.py": "NAME = 'world'\n"})
    checkout.require(f"hello==1.0 --hash=sha256:{sha256(content)}\n")
    checkout.command("import hello\nprint(hello.NAME)\n")
    monkeypatch.setenv("TODO_CACHE_DIR", str(checkout.cache))
    later = time.time() + 24 * 3600
    with serving_index({"hello-1.0-py3-none-any.whl": content}) as url:
        checkout.env["PIP_INDEX_URL"] = url
        assert checkout.output()[0] == "world\n"
        assert packages.find(later) == []
        shutil.rmtree((checkout.folder / ".venv").resolve())
        [found] = packages.find(later)
        found.remove()
        assert packages.find(later) == []
        assert checkout.output()[0] == "world\n"


def test_a_second_run_and_a_second_checkout_start_without_uv_and_network(checkout: Checkout, tmp_path: Path) -> None:
    assert checkout.output()[0] == "ran\n"
    checkout.uv("#!/bin/sh\nexit 1\n")
    assert checkout.output("again") == ("ran again\n", "")
    assert Checkout(tmp_path, "second").output() == ("ran\n", "")


def test_a_cache_that_cannot_be_written_leaves_the_environment_in_the_checkout(tmp_path: Path, real_uv: Path) -> None:
    checkout = Checkout(tmp_path)
    (tmp_path / "cache").write_text("not a folder\n")
    # uv has to be downloaded again, as there is no cache to have it in.
    script = f'#!/bin/sh\nexec {shlex.quote(str(real_uv))} "$@"\n'
    name = f"uv-{PIN.version}-py3-none-manylinux_2_17_{os.uname().machine}.whl"
    content = wheel("uv", PIN.version, {f"uv-{PIN.version}.data/scripts/uv": script})
    (checkout.folder / "requirements-uv.txt").write_text(f"uv=={PIN.version} --hash=sha256:{sha256(content)}\n")
    with serving_index({name: content}) as url:
        checkout.env["PIP_INDEX_URL"] = url
        assert checkout.output()[0] == "ran\n"
    assert not (checkout.folder / ".venv").is_symlink()
    assert checkout.output("offline") == ("ran offline\n", "")


def test_the_time_that_the_environment_took_is_handed_on(checkout: Checkout) -> None:
    checkout.command("import os\nprint(os.environ['TODO_PREPARATION_SECONDS'])\n")
    assert float(checkout.output()[0]) > 0
    checkout.env["TODO_PREPARATION_SECONDS"] = "7"  # of a ./dev that started this one
    assert float(checkout.output()[0]) == 0


def test_what_cannot_be_installed_is_one_error_with_its_reason_and_the_whole_output(checkout: Checkout) -> None:
    checkout.require(f"no-such-package==1.0 --hash=sha256:{'0' * 64}\n")
    with serving_index({}) as url:
        checkout.env["PIP_INDEX_URL"] = url
        process = checkout.run()
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (1, "")
    error = err.splitlines()[-1]
    assert error.startswith("error: uv could not install requirements-dev.txt: No solution found when resolving")
    assert "no-such-package was not found" in error
    log = Path(error.rpartition("its whole output is in ")[2].removesuffix(")"))
    assert "no-such-package" in log.read_text()
    checkout.require("# nothing\n")
    assert checkout.output()[0] == "ran\n"


def test_a_python_that_is_too_old_is_named(checkout: Checkout, tmp_path: Path) -> None:
    old = tmp_path / "old-python"
    old.write_text(f'#!/bin/sh\ncase "$2" in *exit*) exit 1; esac\nexec {sys.executable} "$@"\n')
    old.chmod(0o755)
    checkout.env["TODO_PYTHON"] = str(old)
    assert checkout.output()[1] == f"error: {old} is older than 3.11; install a newer Python or set TODO_PYTHON\n"


def test_two_first_runs_at_once_make_one_environment_and_both_run(tmp_path: Path, real_uv: Path) -> None:
    checkout = Checkout(tmp_path)
    checkout.gate(f'exec {shlex.quote(str(real_uv))} "$@"\n')
    first = checkout.run("one")
    assert first.stderr is not None
    assert first.stderr.readline().startswith("Making the Python environment")
    second = checkout.run("two")
    assert second.stderr is not None
    assert second.stderr.readline() == "Another ./dev makes the Python environment; waiting for it\n"
    checkout.allow()
    assert [process.communicate(timeout=120)[0] for process in (first, second)] == ["ran one\n", "ran two\n"]
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


def test_an_environment_whose_python_is_gone_is_made_again(quick: Checkout) -> None:
    """As after an upgrade of Python that removed the one it leads to."""
    first = quick.run("first")
    quick.allow()
    assert first.communicate(timeout=120)[0] == "ran first\n"
    python = quick.folder / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/no/such/python")
    second = quick.run("again")
    quick.allow()
    assert second.communicate(timeout=120)[0] == "ran again\n"


def test_a_run_that_was_killed_half_way_leaves_no_lock(quick: Checkout) -> None:
    first = quick.run()
    quick.allow(lambda: os.killpg(first.pid, signal.SIGKILL))
    first.communicate(timeout=120)
    second = quick.run("again")
    quick.allow()
    assert second.communicate(timeout=120)[0] == "ran again\n"


def test_the_lock_is_not_held_by_the_command_that_follows(quick: Checkout) -> None:
    quick.command("print('runs', flush=True)\ninput()\n")
    first = quick.run()
    quick.allow()
    assert first.stdout is not None and first.stdout.readline() == "runs\n"
    (quick.folder / ".venv").unlink()
    second = quick.run()
    assert second.communicate(timeout=120)[0] == "runs\n"
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
