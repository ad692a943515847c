"""Ignore rules: Docker's patterns, one source beside the other, and what editors leave behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.engine.ignore import EDITORS, Matcher, for_image, read_patterns
from scripts.engine.model import Image

ROOT = Path("/src/svc")
DENY_ALL = ("*", "!app", "!requirements.txt", "**/__pycache__", "**/*.pyc")


@pytest.mark.parametrize(
    ("patterns", "path", "ignored"),
    [
        (("*.md",), "README.md", True),
        (("*.md",), "docs/README.md", False),
        (("**/*.md",), "docs/a/README.md", True),
        (("**/*.md",), "README.md", True),
        (("docs",), "docs/a/b.txt", True),
        (("docs/",), "docs/a/b.txt", True),
        (("/docs",), "docs/a", True),
        (("./docs",), "docs/a", True),
        (("docs",), "docs2/a", False),
        (("docs",), "a/docs/b", False),
        (("**/docs",), "a/docs/b", True),
        (("docs/**",), "docs/a/b", True),
        (("docs/**",), "docs", False),
        (("a/**/z",), "a/z", True),
        (("a/**/z",), "a/b/c/z", True),
        (("a?c",), "abc", True),
        (("a?c",), "a/c", False),
        (("[ab].txt",), "b.txt", True),
        (("[!ab].txt",), "c.txt", False),
        (("[^ab].txt",), "c.txt", True),
        ((r"a\*b",), "a*b", True),
        ((r"a\*b",), "axb", False),
        (("a.b",), "aXb", False),
        (("*", "!app"), "app/main.py", False),
        (("*", "!app"), "other/main.py", True),
        (("*", "!app", "app/secret"), "app/secret/x", True),
        (("!app", "*"), "app/main.py", True),
        (("app", "!app/keep.py"), "app/keep.py", False),
        (DENY_ALL, "app/main.py", False),
        (DENY_ALL, "app/__pycache__/main.cpython-311.pyc", True),
        (DENY_ALL, "tests/test_main.py", True),
        (DENY_ALL, "requirements.txt", False),
        (DENY_ALL, "requirements-dev.txt", True),
        ((), "anything", False),
    ],
)
def test_docker_patterns(patterns: tuple[str, ...], path: str, ignored: bool) -> None:
    assert Matcher(ROOT, read_patterns("\n".join(patterns))).ignores(ROOT / path) is ignored


def test_comments_and_blank_lines_are_no_patterns() -> None:
    assert read_patterns("# no\n\n  a/../b \n!./c/\n/\n") == ("b", "!c", "/")


def test_a_matcher_says_nothing_about_files_outside_of_its_root() -> None:
    assert not Matcher(ROOT, ("**",)).ignores(Path("/src/other/a"))
    assert not Matcher(ROOT, ("**",)).ignores(ROOT)


@pytest.mark.parametrize(
    "name", ["main.py~", ".main.py.swp", ".main.py.swx", "4913", ".#main.py", "#main.py#", "a___jb_tmp___", ".idea/x"]
)
def test_what_editors_leave_behind_is_ignored(name: str) -> None:
    assert EDITORS.ignores(ROOT / "app" / name)


@pytest.mark.parametrize("name", ["main.py", "swp", "a.swp.py", "idea/x", "14913"])
def test_what_only_looks_like_it_is_not(name: str) -> None:
    assert not EDITORS.ignores(ROOT / "app" / name)


def test_one_source_cannot_bring_back_what_another_ignores(tmp_path: Path) -> None:
    (tmp_path / "svc").mkdir()
    (tmp_path / "svc/.dockerignore").write_text("*\n!app\napp/gen\n")
    image = Image("svc", tmp_path / "svc", tmp_path / "svc/Dockerfile")
    ignore = for_image(image, tmp_path / "Tiltfile", ("!svc/app/gen", "**/*.log"))
    found = {name: ignore.ignores(tmp_path / "svc" / name) for name in ("app/a.py", "app/gen/a.py", "app/a.log")}
    assert found == {"app/a.py": False, "app/gen/a.py": True, "app/a.log": True}
    found = {name: ignore.ignores(tmp_path / "svc" / name) for name in ("app/a~", ".git/x", "Dockerfile", "b")}
    assert found == dict.fromkeys(found, True)


@pytest.mark.parametrize(
    ("patterns", "folder", "pruned"),
    [
        (("node_modules",), "node_modules", True),
        (("*", "!src"), "node_modules", True),
        (("*", "!src"), "src", False),
        (("*", "!src/deep/x"), "src", False),
        (("*", "!**/*.py"), "anything", False),
        (("*.md",), "src", False),
    ],
)
def test_a_folder_is_pruned_only_when_nothing_below_can_matter(
    patterns: tuple[str, ...], folder: str, pruned: bool
) -> None:
    assert Matcher(ROOT, patterns).prunes(ROOT / folder) is pruned


def test_a_dockerignore_named_after_the_dockerfile_wins(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("a\n")
    (tmp_path / "Dockerfile.dockerignore").write_text("b\n")
    ignore = for_image(Image("x", tmp_path, tmp_path / "Dockerfile"), tmp_path / "Tiltfile", ())
    assert not ignore.ignores(tmp_path / "a")
    assert ignore.ignores(tmp_path / "b")
