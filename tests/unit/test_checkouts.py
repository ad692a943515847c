"""Checkouts as people have them: any path, any umask, any setting of git."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.core.paths import ROOT
from scripts.core.runner import Subprocess
from scripts.lint import tree
from scripts.services import SERVICES
from tests.checkouts import NAME, make_private


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what `./dev lint-tiltfile` reads, readable by nobody else."""
    folder = tmp_path / NAME
    for path in tree.files(Subprocess(), ROOT):
        if path.startswith(("scripts/", *(f"{service.folder}/" for service in SERVICES))) or "/" not in path:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, folder / path)
    (folder / ".venv").symlink_to((ROOT / ".venv").resolve())
    return make_private(folder)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_a_command_runs_in_a_path_with_spaces_and_letters_beyond_ascii(checkout: Path, locale: str) -> None:
    env = {**os.environ, "LC_ALL": locale}
    ran = subprocess.run(["./dev", "lint-tiltfile"], cwd=checkout, env=env, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    tiltfile = checkout / "Tiltfile"
    tiltfile.write_text(tiltfile.read_text().replace("'package.json', 'package-lock.json'", "'package.json'"))
    ran = subprocess.run(["./dev", "lint-tiltfile"], cwd=checkout, env=env, capture_output=True, text=True)
    assert ran.returncode == 1
    assert "frontend/package-lock.json is neither in fall_back_on nor a trigger" in ran.stderr


def test_no_setting_of_git_gives_scripts_line_ends_that_linux_cannot_run(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone")
    for setting in ("core.autocrlf=true", "core.eol=crlf"):
        target = tmp_path / setting
        clone = ["git", "clone", "-q", "--no-local", "--depth=1", "-c", setting, f"file://{ROOT}", str(target)]
        subprocess.run(clone, check=True)
        files = tree.files(Subprocess(), target)
        texts = [path for path in files if tree.kind(path, (target / path).read_bytes()[:64])]
        assert "dev" in texts
        assert [path for path in [*texts, "Tiltfile"] if b"\r\n" in (target / path).read_bytes()] == []
