"""Ignore rules: Docker's patterns, one source beside the other, and what editors leave behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import services
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.engine.files.ignore import BACKUPS, EDITORS, Matcher, for_events, for_image, patterns_of, read_patterns
from scripts.engine.model import Image
from scripts.revision import counts

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
        ((), "anything", False),
    ],
)
def test_docker_patterns(patterns: tuple[str, ...], path: str, ignored: bool) -> None:
    assert Matcher(SVC, read_patterns("\n".join(patterns), FILE)).ignores(SVC / path) is ignored


def test_comments_and_blank_lines_are_no_patterns() -> None:
    assert read_patterns("# no\n\n  a/../b \n!./c/\n/\n", FILE) == ("b", "!c", "/")


def test_a_matcher_says_nothing_about_files_outside_of_its_root() -> None:
    assert not Matcher(SVC, ("**",)).ignores(Path("/src/other/a"))
    assert not Matcher(SVC, ("**",)).ignores(SVC)


@pytest.mark.parametrize(
    "name", ["main.py~", ".main.py.swp", ".main.py.swx", "4913", ".#main.py", "#main.py#", "a___jb_tmp___", ".idea/x"]
)
def test_what_editors_leave_behind_is_ignored(name: str) -> None:
    assert EDITORS.ignores(SVC / "app" / name)


@pytest.mark.parametrize("name", ["main.py", "swp", "a.swp.py", "idea/x", "14913"])
def test_what_only_looks_like_it_is_not(name: str) -> None:
    assert not EDITORS.ignores(SVC / "app" / name)


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
    assert Matcher(SVC, patterns).prunes(SVC / folder) is pruned


def test_a_dockerignore_named_after_the_dockerfile_wins(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("a\n")
    (tmp_path / "Dockerfile.dockerignore").write_text("b\n")
    ignore = for_image(Image("x", tmp_path, tmp_path / "Dockerfile"), tmp_path / "Tiltfile", ())
    assert not ignore.ignores(tmp_path / "a")
    assert ignore.ignores(tmp_path / "b")


def test_a_pattern_that_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("*\n\n!app\n[z-a]\n")
    with pytest.raises(UserError, match=r"/\.dockerignore:4: \[z-a\] is no pattern: bad character range z-a; mend it"):
        for_image(Image("x", tmp_path, tmp_path / "Dockerfile"), tmp_path / "Tiltfile", ())


def test_the_same_files_give_an_equal_ignore(tmp_path: Path) -> None:
    image = Image("x", tmp_path, tmp_path / "Dockerfile")
    before = for_image(image, tmp_path / "Tiltfile", ("a",))
    assert before == for_image(image, tmp_path / "Tiltfile", ("a",))
    (tmp_path / ".dockerignore").write_text("b\n")
    assert before != for_image(image, tmp_path / "Tiltfile", ("a",))


ROOTS = {service.folder: service.sources for service in services.SERVICES}
SERVICES = tuple(ROOTS)


@pytest.mark.parametrize("service", SERVICES)
def test_what_never_reaches_a_running_service_does_not_count_in_its_revision(service: str) -> None:
    """Or the revision of the sources here could never be served."""
    own = [pattern for pattern in patterns_of(ROOT / service / ".dockerignore") if pattern != "*" and pattern[0] != "!"]
    folder = ROOTS[service][0]
    for pattern in (*own, *patterns_of(ROOT / ".tiltignore"), *BACKUPS):
        sample = Path(folder, "deep", *pattern.removeprefix("**/").replace("**", "x").replace("*", "x").split("/"))
        assert not counts(sample), pattern


def test_every_root_of_a_revision_is_in_the_image() -> None:
    for service in SERVICES:
        image = Image("x", ROOT / service, ROOT / service / "Dockerfile")
        ignored = for_image(image, ROOT / "Tiltfile", patterns_of(ROOT / ".tiltignore"))
        for root in ROOTS[service]:
            assert not ignored.ignores(ROOT / service / root / "tests/x.test.ts")
            assert not ignored.ignores(ROOT / service / root / "dist/#x.ts#")


def test_a_local_resource_is_not_run_for_ignored_and_passing_files(tmp_path: Path) -> None:
    ignored = for_events(tmp_path / "Tiltfile", ("**/*.log",))
    names = ("a.log", "x/.a.swp", "x/4913", "x/#a#", ".git/index")
    assert {name: ignored.ignores(tmp_path / name) for name in names} == dict.fromkeys(names, True)
    assert not ignored.ignores(tmp_path / "x/a.py")
