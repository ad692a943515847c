"""A copy of a checkout, and edits that are put back."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from scripts.bench.checkout import Edits, copy_checkout
from scripts.core.errors import UserError
from scripts.core.runner import Subprocess


def test_a_save_returns_the_time_of_its_rename(tmp_path: Path) -> None:
    before = time.monotonic()
    assert before <= Edits(tmp_path).write("file", "text") <= time.monotonic()


def test_edits_are_undone_whatever_they_were(tmp_path: Path) -> None:
    for name in ("changed", "deleted", "moved"):
        (tmp_path / name).write_text(f"{name} as it was")
    edits = Edits(tmp_path)
    edits.replace("changed", "as it was", "as it is")
    edits.write("made", "new")
    edits.delete("deleted")
    edits.rename("moved", "elsewhere")
    with pytest.raises(UserError, match="has no 'nothing such'"):
        edits.replace("changed", "nothing such", "")
    edits.undo()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        name: f"{name} as it was" for name in ("changed", "deleted", "moved")
    }


def test_a_copy_has_tracked_and_new_files_but_no_ignored_ones(tmp_path: Path) -> None:
    root, runner = tmp_path / "root", Subprocess()
    (root / "inner").mkdir(parents=True)
    (root / ".venv").mkdir()
    for name, text in ((".gitignore", ".venv\n.env\n"), (".env", "secret"), ("inner/ä new.py", "")):
        (root / name).write_text(text)
    runner.run(["git", "init", "-q"], cwd=root)
    copy = copy_checkout(runner, tmp_path / "copy", root)
    assert {path.relative_to(copy).as_posix() for path in copy.rglob("*")} == {
        ".gitignore", ".venv", "inner", "inner/ä new.py",
    }  # fmt: skip
    assert (copy / ".venv").resolve() == root / ".venv"
    assert not (copy_checkout(runner, tmp_path / "clone", root, environment=False) / ".venv").exists()
