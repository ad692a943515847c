"""What CONTRIBUTING.md has people run, on a copy of the checkout."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scripts.bench.checkout import copy_checkout
from scripts.commands import release
from scripts.core.runner import Subprocess
from scripts.release import plan
from scripts.release.places import CHANGELOG
from tests.documents import code_block

WHO = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy with all changes committed, and something to release."""
    copy = copy_checkout(Subprocess(), tmp_path)
    news = (copy / CHANGELOG).read_text().replace("## Unreleased\n", "## Unreleased\n\n- New.\n", 1)
    (copy / CHANGELOG).write_text(news)
    for words in (["init", "-q"], ["add", "."], [*WHO, "commit", "-q", "-m", "Begin"]):
        subprocess.run(["git", *words], cwd=copy, check=True)
    return copy


def run(code: str, checkout: Path) -> str:
    done = subprocess.run(["bash", "-euc", code], cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_ruff_formats_and_mends_what_is_not_as_it_should_be(checkout: Path) -> None:
    source = checkout / "scripts/completion.py"
    good = source.read_text()
    source.write_text(good.replace("\nimport ", "\nimport  json\nimport ", 1) + "\n\n")
    run(code_block("CONTRIBUTING.md", "Change something, and test it", ".venv/bin/ruff"), checkout)
    assert source.read_text() == good


def test_a_release_shows_the_version_and_sets_the_new_one(checkout: Path) -> None:
    before = plan.current(release.read(checkout))
    said = run(code_block("CONTRIBUTING.md", "Release", "./dev release"), checkout)
    assert said.startswith(f"{before}\nversion 99.0.0 is set in ")
    assert plan.current(release.read(checkout)) == "99.0.0"
