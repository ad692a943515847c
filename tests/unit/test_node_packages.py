"""The packages of frontend/, which commands and tests in several processes want at the same time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from scripts import node_packages
from scripts.core.runner import Result
from tests.unit.fakes import FakeRunner

SECONDS = 60


class Npm(FakeRunner):
    """Takes until `go` to install the packages."""

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.home = home
        self.begun, self.go = threading.Event(), threading.Event()

    def run(self, argv: Sequence[str], **options: Any) -> Result:
        self.begun.set()
        assert self.go.wait(SECONDS)
        (self.home / "node_modules").mkdir()
        (self.home / "node_modules/.package-lock.json").touch()
        return super().run(argv, **options)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(node_packages, "HOME", tmp_path)
    monkeypatch.setattr(node_packages, "LOCK", tmp_path / "a folder/lock")
    (tmp_path / "package-lock.json").touch()
    return tmp_path


def test_packages_of_another_checkout_stay_as_they_are(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    others = tmp_path_factory.mktemp("others") / "node_modules"
    others.mkdir()
    (home / "node_modules").symlink_to(others)
    (others / "a package").touch()
    npm, lines = Npm(home), list[str]()
    npm.go.set()
    node_packages.ensure(npm, lines.append)
    assert [entry.name for entry in others.iterdir()] == ["a package"]
    assert not (home / "node_modules").is_symlink()
    assert len(npm.argvs()) == 1
    assert str(others) in lines[0]


def test_two_that_want_them_at_once_install_them_once(home: Path) -> None:
    npm, waits = Npm(home), threading.Event()
    first = threading.Thread(target=node_packages.ensure, args=(npm, print))
    first.start()
    assert npm.begun.wait(SECONDS)
    second = threading.Thread(target=node_packages.ensure, args=(npm, lambda line: waits.set()))
    second.start()
    assert waits.wait(SECONDS)
    npm.go.set()
    for thread in (first, second):
        thread.join(SECONDS)
    assert [argv.split()[-3:] for argv in npm.argvs()] == [["ci", "--no-audit", "--no-fund"]]
