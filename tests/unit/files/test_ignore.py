"""Ignore rules: one source of patterns beside the other, and what editors leave behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import services
from scripts.core.paths import ROOT
from scripts.docker.patterns import patterns_of
from scripts.files.ignore import EDITORS, EditorFiles, for_configuration, for_events, for_image
from scripts.revision import counts
from scripts.tiltfile.model import Image

SVC = Path("/src/svc")
OF_EDITORS = (
    "main.py~", ".main.py.swp", ".main.py.swx", "4913", ".#main.py", "#main.py#", "backend.yaml.bak", "main.swp",
    "a.py___jb_tmp___", "a.py___jb_old___", ".idea", ".a.kate-swp",
)  # fmt: skip
OF_PEOPLE = ("main.py", "swp", "a.swp.py", "idea", "14913", "bak", "#main.py", "main.py#")


@pytest.mark.parametrize("name", OF_EDITORS)
def test_what_editors_leave_behind_is_ignored_and_does_not_count_in_a_revision(name: str) -> None:
    assert EDITORS.ignores(SVC / "app" / name)
    assert EditorFiles(SVC).ignores(SVC / name / "x.py")
    assert not counts(Path("app", name))
    assert not counts(Path("app", name, "x.py"))


@pytest.mark.parametrize("name", OF_PEOPLE)
def test_what_only_looks_like_an_editors_file_is_a_source(name: str) -> None:
    assert not EDITORS.ignores(SVC / "app" / name)
    assert not EditorFiles(SVC).ignores(SVC / name / "x.py")
    assert counts(Path("app", name))


@pytest.mark.parametrize("name", OF_EDITORS)
def test_a_checkout_in_a_folder_with_an_editors_name_is_watched_like_any_other(name: str) -> None:
    root = SVC / name
    image = Image("x", root / "svc", root / "svc/Dockerfile")
    for ignore in (for_image(image, root / "Tiltfile", ()), for_events(root / "Tiltfile", ())):
        assert not ignore.ignores(root / "svc/main.py")
    assert not EDITORS.ignores(root / "svc/main.py")


def test_a_charts_backup_is_no_configuration(tmp_path: Path) -> None:
    ignore = for_configuration(tmp_path / "Tiltfile")
    names = {"chart/templates/a.yaml": False, "chart/templates/a.yaml.bak": True, "chart/#x.yaml#": True}
    assert {name: ignore.ignores(tmp_path / name) for name in names} == names


def test_one_source_cannot_bring_back_what_another_ignores(tmp_path: Path) -> None:
    (tmp_path / "svc").mkdir()
    (tmp_path / "svc/.dockerignore").write_text("*\n!app\napp/gen\n")
    image = Image("svc", tmp_path / "svc", tmp_path / "svc/Dockerfile")
    ignore = for_image(image, tmp_path / "Tiltfile", ("!svc/app/gen", "**/*.log"))
    found = {name: ignore.ignores(tmp_path / "svc" / name) for name in ("app/a.py", "app/gen/a.py", "app/a.log")}
    assert found == {"app/a.py": False, "app/gen/a.py": True, "app/a.log": True}
    found = {name: ignore.ignores(tmp_path / "svc" / name) for name in ("app/a~", ".git/x", "Dockerfile", "b")}
    assert found == dict.fromkeys(found, True)


def test_a_dockerignore_named_after_the_dockerfile_wins(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("a\n")
    (tmp_path / "Dockerfile.dockerignore").write_text("b\n")
    ignore = for_image(Image("x", tmp_path, tmp_path / "Dockerfile"), tmp_path / "Tiltfile", ())
    assert not ignore.ignores(tmp_path / "a")
    assert ignore.ignores(tmp_path / "b")


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
    for pattern in (*own, *patterns_of(ROOT / ".tiltignore")):
        sample = Path(folder, "deep", *pattern.removeprefix("**/").replace("**", "x").replace("*", "x").split("/"))
        assert not counts(sample), pattern


def test_every_root_of_a_revision_is_in_the_image() -> None:
    for service in SERVICES:
        image = Image("x", ROOT / service, ROOT / service / "Dockerfile")
        ignored = for_image(image, ROOT / "Tiltfile", patterns_of(ROOT / ".tiltignore"))
        for root in ROOTS[service]:
            assert not ignored.ignores(ROOT / service / root / "tests/x.test.ts")


def test_a_local_resource_is_not_run_for_ignored_and_temporary_files(tmp_path: Path) -> None:
    ignored = for_events(tmp_path / "Tiltfile", ("**/*.log",))
    names = ("a.log", "x/.a.swp", "x/4913", "x/#a#", ".git/index")
    assert {name: ignored.ignores(tmp_path / name) for name in names} == dict.fromkeys(names, True)
    assert not ignored.ignores(tmp_path / "x/a.py")
