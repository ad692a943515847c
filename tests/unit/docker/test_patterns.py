"""Docker's ignore patterns, and the ignore files that hold them."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.core.errors import UserError
from scripts.docker.patterns import Matcher, patterns_of, read_patterns

SVC = Path("/src/svc")
FILE = SVC / ".dockerignore"
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
        (("**/x",), "a\nb/x", True),
        (("app",), "app/a\nb", True),
        ((), "anything", False),
    ],
)
def test_docker_patterns(patterns: tuple[str, ...], path: str, ignored: bool) -> None:
    assert Matcher(SVC, read_patterns("\n".join(patterns), FILE)).ignores(SVC / path) is ignored


def test_comments_and_blank_lines_are_not_patterns() -> None:
    assert read_patterns("# no\n\n  a/../b \n!./c/\n/\n", FILE) == ("b", "!c", "/")


def test_a_matcher_says_nothing_about_files_outside_of_its_root() -> None:
    assert not Matcher(SVC, ("**",)).ignores(Path("/src/other/a"))
    assert not Matcher(SVC, ("**",)).ignores(SVC)


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
    assert Matcher(SVC, patterns).prunes(SVC / folder) is pruned


def test_an_invalid_pattern_is_an_error_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("*\n\n!app\n[z-a]\n")
    with pytest.raises(
        UserError, match=r"/\.dockerignore:4: \[z-a\] is not a valid pattern: bad character range z-a; fix it"
    ):
        patterns_of(tmp_path / ".dockerignore")
