"""`./dev clean` removes what nothing uses any more, and nothing of anybody else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.cli import main
from scripts.cluster.embedded import node_binaries, node_image
from scripts.commands import clean
from scripts.core.errors import UserError
from scripts.docker.debian import RECIPE
from scripts.docker.engine import Engine
from scripts.leftovers import cache, images, registry
from scripts.leftovers.leftover import Leftover, render
from tests.unit.cluster.cluster_home import own_home
from tests.unit.docker_api import DockerApi, Stored, id_of

LATER = time.time() + 24 * 3600  # after all these tests, however long they wait for their turn
HEX16, HEX12 = "0123456789abcdef", "0123456789ab"
BACKEND = {images.TITLE: "todo-backend"}


def old_images(api: DockerApi, *running: str, before: float = LATER) -> list[str]:
    return [found.name for found in images.find(Engine(), running, before)]


def test_what_later_builds_replaced_is_old(docker_api: DockerApi) -> None:
    docker_api.add(f"localhost:5005/library/todo-backend:tilt-{HEX16}", labels=BACKEND)
    docker_api.add(f"todo-backend:0.1.0-{HEX12}", labels=BACKEND)
    docker_api.add(f"todo-node:{HEX12}", node_image.tag(), node_image.base_tag())
    assert old_images(docker_api) == [
        f"localhost:5005/library/todo-backend:tilt-{HEX16}", f"todo-backend:0.1.0-{HEX12}", f"todo-node:{HEX12}",
    ]  # fmt: skip


def test_what_is_in_use_or_was_named_by_a_person_stays(docker_api: DockerApi) -> None:
    in_pod, in_container = f"localhost:5005/library/todo-backend:tilt-{HEX16}", f"todo-backend:tilt-{HEX16}"
    docker_api.add(in_pod, in_container, "todo-backend:0.1.0", "todo-backend:mine", labels=BACKEND)
    docker_api.images[f"todo-backend:{HEX12}"] = Stored(id_of("todo-backend:mine"), BACKEND)  # a second name of it
    docker_api.add("todo-base/python:3.13-slim", labels={RECIPE: "x"})
    docker_api.add_container("stopped", "exited")
    docker_api.containers["stopped"]["ImageID"] = id_of(in_container)
    assert old_images(docker_api, in_pod) == []


def test_images_of_others_stay_whatever_their_tags_look_like(docker_api: DockerApi) -> None:
    docker_api.add(f"their-backend:tilt-{HEX16}", f"todo-other:{HEX12}", f"them/todo-node:{HEX12}")
    docker_api.add(f"nginx:{HEX12}", labels={images.TITLE: "nginx"})
    assert old_images(docker_api) == []


def test_what_was_tagged_lately_stays(docker_api: DockerApi) -> None:
    docker_api.images[f"todo-backend:{HEX12}"] = Stored("sha256:1", BACKEND, "2026-01-02T00:00:00.123456789Z")
    tagged = 1767312000.1
    assert old_images(docker_api, before=tagged - 1) == []
    assert old_images(docker_api, before=tagged + 1) == [f"todo-backend:{HEX12}"]


def test_removing_an_image_removes_all_its_names(docker_api: DockerApi) -> None:
    for name in (f"todo-backend:{HEX12}", f"todo-backend:0.1.0-{HEX12}"):
        docker_api.images[name] = Stored("sha256:1", BACKEND)
    [found] = images.find(Engine(), (), LATER)
    assert (found.name, found.size) == (f"todo-backend:{HEX12} and 1 more names", 4_000)
    found.remove()
    assert docker_api.images == {}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    own_home(tmp_path, monkeypatch)
    return tmp_path / "cache"


def make(folder: Path, *files: str) -> Path:
    folder.mkdir(parents=True)
    for name in files:
        (folder / name).write_text("x" * 5_000)
    return folder


@contextmanager
def running(argv: Sequence[str], folder: Path) -> Iterator[None]:
    """A program that prints a line and then waits for one. Before the first the kernel may not tell its arguments."""
    with subprocess.Popen(argv, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"\n"
        yield
        process.communicate(b"\n")


def test_programs_and_environments_of_other_versions_go_once_nothing_uses_them(home: Path) -> None:
    old_programs, old_venv = make(home / "bin" / "old", "todo-node"), make(home / "venv" / "py3-1-1", "pyvenv.cfg")
    make(node_binaries.folder(), "todo-node")
    used = make(home / "venv" / "py3-2-2", "pyvenv.cfg")
    with running([sys.executable, "-c", "print(flush=True); input()", f"{used}/bin/python"], home):
        found = cache.find(LATER)
    assert [each.name for each in found] == [str(old_programs), str(old_venv)]
    assert all(each.size is not None and each.size >= 5_000 for each in found)
    for each in found:
        each.remove()
    assert sorted(path.name for path in (home / "venv").iterdir()) == ["py3-2-2"]
    assert node_binaries.folder().is_dir()


def test_an_environment_stays_that_another_checkout_uses_by_its_link(home: Path) -> None:
    used, checkout = make(home / "venv" / "py3-2-2", "pyvenv.cfg"), make(home / "checkout")
    make(used / "bin")
    (used / "bin" / "python").symlink_to("/bin/sh")
    (checkout / ".venv").symlink_to(used)
    with running([".venv/bin/python", "-c", "echo; read line"], checkout):
        found = cache.find(LATER)
    assert found == []


def test_a_package_goes_with_the_last_environment_that_has_it(home: Path) -> None:
    archive = home / "uv" / "cache" / "archive-v0"
    ours, shared = make(archive / "ours", "a.py", "RECORD"), make(archive / "shared", "b.py", "RECORD")
    old = make(home / "venv" / "py3-1-1", "pyvenv.cfg")
    used = make(home / "venv" / "py3-2-2", "pyvenv.cfg")
    for package, file, venv in ((ours, "a.py", old), (shared, "b.py", old), (shared, "b.py", used)):
        (venv / file).hardlink_to(package / file)
    with running([sys.executable, "-c", "print(flush=True); input()", f"{used}/bin/python"], home):
        environment, packages = cache.find(LATER)
    assert (environment.name, packages.name) == (str(old), f"1 packages in {archive}")
    assert packages.size is not None and packages.size >= 10_000
    packages.remove()
    assert sorted(archive.iterdir()) == [ours, shared]  # as the environment is still there
    environment.remove()
    packages.remove()
    assert list(archive.iterdir()) == [shared]


def test_a_package_stays_that_was_unpacked_lately(home: Path) -> None:
    folder = make(home / "uv" / "cache" / "archive-v0" / "a", "a.py")
    os.utime(folder, (1_000, 1_000))
    assert cache.find(999) == []
    assert [each.name for each in cache.find(1_001)] == [f"1 packages in {folder.parent}"]


def test_what_was_read_lately_stays(home: Path) -> None:
    config = make(home / "venv" / "py3-1-1", "pyvenv.cfg") / "pyvenv.cfg"
    os.utime(config.parent, (1, 1))
    os.utime(config, (1_000_000, 1))
    assert cache.find(999_999) == []
    assert cache.find(1_000_001) or os.statvfs(config).f_flag & os.ST_NOATIME


def test_the_registry_is_stopped_while_it_is_cleaned_and_starts_again() -> None:
    asked: list[tuple[str, ...]] = []

    def node(*argv: str) -> str:
        asked.append(argv)
        return "/a/tags/tilt-1\n/b/tags/tilt-2\n"

    [found] = registry.find(node)
    assert found.name.startswith("2 tags")
    found.remove()
    command = asked[-1][2]
    order = [command.index(word) for word in ("stop registry", "forget-images", "start registry")]
    assert order == sorted(order)
    assert registry.find(lambda *argv: "") == []


@pytest.mark.parametrize(("days", "offered"), [(0, True), (registry.DAYS, True), (registry.DAYS + 1, False)])
def test_the_registry_is_left_alone_where_its_week_is_less_than_what_is_asked_for(days: int, offered: bool) -> None:
    assert bool(registry.find(lambda *argv: "/a/tags/tilt-1\n", days)) is offered


def test_a_cluster_that_is_named_and_does_not_exist_is_an_error(
    home: Path, docker_api: DockerApi, capsys: pytest.CaptureFixture[str]
) -> None:
    docker_api.add(f"todo-backend:{HEX12}", labels=BACKEND)
    assert main(["clean", "--yes", "--cluster", "mistyped"]) == 1
    assert "mistyped" in capsys.readouterr().err
    assert len(docker_api.images) == 1


def test_the_report_sums_up_each_kind() -> None:
    found = [Leftover("images", "a", 2_000_000_000, lambda: None), Leftover("programs", "b", 1_000_000, lambda: None)]
    assert render(found) == "images: 1, 2.00 GB\n  a\nprograms: 1, 1.0 MB\n  b\ntogether 2.00 GB"
    unknown = Leftover("tags", "c", None, lambda: None)
    assert render([unknown]) == "tags: 1, size known when it is removed\n  c"
    assert render([*found, unknown]).endswith("together at least 2.00 GB")


@pytest.mark.parametrize(("words", "status", "left"), [([], 1, 1), (["--yes"], 0, 0)])
def test_nothing_is_removed_without_a_yes(
    home: Path, docker_api: DockerApi, words: list[str], status: int, left: int, capsys: pytest.CaptureFixture[str]
) -> None:
    docker_api.add(f"todo-backend:{HEX12}", labels=BACKEND)
    assert main(["clean", "--cluster", "embedded", *words]) == status
    assert len(docker_api.images) == left
    assert f"todo-backend:{HEX12}" in capsys.readouterr().out


def test_what_docker_keeps_is_told_and_not_called_removed(
    home: Path, docker_api: DockerApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise UserError("it is in use")

    monkeypatch.setattr(clean, "in_docker", lambda *_: [Leftover("images in Docker", "todo-backend:1", 1, refuse)])
    assert main(["clean", "--yes", "--cluster", "embedded"]) == 1
    said = capsys.readouterr()
    assert "todo-backend:1 stays: it is in use" in said.err
    assert "removed" not in said.out


@pytest.mark.parametrize("days", ["-1", "x", "1.5"])
def test_what_is_no_number_of_days_is_refused(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["clean", f"--days={days}"])
    assert f"{days!r} is not a number of days" in capsys.readouterr().err


def test_without_an_engine_the_cache_is_cleaned_all_the_same(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    folder = make(home / "bin" / "old", "todo-node")
    os.utime(folder / "todo-node", (1, 1))
    os.utime(folder, (1, 1))
    assert main(["clean", "--yes"]) == 0
    assert "images are left alone" in capsys.readouterr().err
    assert not folder.exists()
