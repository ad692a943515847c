"""A release is frozen as tests/releases/README.md says, on a copy of the checkout; upgrades from it are then tested."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

from scripts.bench.checkout import copy_checkout
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.docker import prepare
from tests.documents import code_block

WHO = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
PREVIOUS = {"VERSION": "99.0.0", "PREVIOUS": "0.1.0"}
INSIDE = {
    "chart.tgz": "todo-stack/Chart.yaml",
    "backend.tar.gz": "app/main.py",
    "mcp_server.tar.gz": "todo_mcp/server.py",
}


def test_a_frozen_release_has_its_chart_its_sources_and_what_people_store(tmp_path: Path) -> None:
    prepare.postgres(Subprocess(), Steps())
    checkout = copy_checkout(Subprocess(), tmp_path)
    for words in (["init", "-q"], ["add", "."], [*WHO, "commit", "-q", "-m", "Release 99.0.0"]):
        subprocess.run(["git", *words], cwd=checkout, check=True)
    code = code_block("tests/releases/README.md", "Frozen releases", "new=", PREVIOUS)
    done = subprocess.run(["bash", "-euc", code], cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

    made = checkout / "tests/releases/99.0.0"
    earlier = checkout / "tests/releases/0.1.0"
    assert {file.name for file in made.iterdir()} == {file.name for file in earlier.iterdir()}
    for archive, name in INSIDE.items():
        with tarfile.open(made / archive) as files:
            assert files.getmember(name).isfile()
    assert "INSERT INTO public.users VALUES ('" in (made / "data.sql").read_text()
    assert "ada@todo.test" in (made / "data.sql").read_text()
    tests = [sys.executable, "-m", "pytest", "-q", "-n0", "tests/test_previous_release.py"]
    done = subprocess.run(tests, cwd=checkout / "backend", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
