"""What to watch, decided on a real folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.docker.patterns import Matcher
from scripts.files.ignore import Ignore
from scripts.files.scope import Scope, difference


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("svc/src/deep", "svc/node_modules/x", "svc/.cache"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "svc/linked").symlink_to("src")
    (tmp_path / "Tiltfile").touch()
    return tmp_path


@pytest.fixture
def scope(root: Path) -> Scope:
    ignore = Ignore((Matcher(root / "svc", ("**/node_modules", ".cache", "!.cache/kept", "*.log", "Dockerfile")),))
    return Scope([(root / "svc", ignore)], [root / "Tiltfile", root / "svc/Dockerfile", root / "late/values.yaml"])


def test_a_tree_is_watched_at_its_top_and_with_all_below_each_folder_that_is_not_ignored(
    scope: Scope, root: Path
) -> None:
    assert scope.folders() == {root: False, root / "svc": False, root / "svc/src": True, root / "svc/.cache": True}


def test_a_folder_that_is_not_there_is_waited_for_in_the_nearest_one(scope: Scope, root: Path) -> None:
    (root / "late").mkdir()
    assert scope.folders()[root / "late"] is False
    assert Scope([(root / "a/b", Ignore())], [root / "c/d/e"]).folders() == {root: False}


@pytest.mark.parametrize(
    ("name", "is_folder", "matters"),
    [
        ("svc/src/a.py", False, True),
        ("svc/x.log", False, False),
        ("svc/Dockerfile", False, True),  # ignored as a source, but named
        ("svc/node_modules", True, False),
        ("svc/src/node_modules/x/y.js", False, False),
        ("svc/.cache", True, True),  # may hold what is brought back
        ("svc/.cache/x", False, False),
        ("svc/.cache/kept", False, True),
        ("svc", True, True),
        ("late", True, True),
        ("late/values.yaml", False, True),
        ("late/other.yaml", False, False),
        ("Tiltfile", False, True),
        ("x.log", False, False),
        ("svc2/a.py", False, False),
    ],
)
def test_events_matter_in_trees_unless_ignored_and_at_named_files_and_their_folders(
    scope: Scope, root: Path, name: str, is_folder: bool, matters: bool
) -> None:
    assert scope.matters(root / name, is_folder) is matters


def test_folders_are_watched_again_when_they_were_replaced_or_are_wanted_otherwise() -> None:
    a, b, c, d = map(Path, "abcd")
    stop, begin = difference({a: True, b: True, c: False}, {a: True, b: False, c: False, d: True}, {c})
    assert (stop, begin) == ([b, c], [b, c, d])
    assert difference({a: True}, {a: True}, {b}) == ([], [])


def test_a_tree_that_is_a_file_is_watched_in_its_folder(root: Path) -> None:
    assert Scope([(root / "Tiltfile", Ignore())]).folders() == {root: False}
    assert Scope([(root / "Tiltfile/below", Ignore())]).folders() == {root: False}
