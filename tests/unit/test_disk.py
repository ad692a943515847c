"""Disk space is asked for once for each file system, and only for what has to be made."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from scripts.cluster.embedded import node_binaries, node_image, space
from scripts.core import disk
from scripts.core.disk import Need
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.docker import prepare
from scripts.docker.engine import Engine
from tests.unit.docker_api import DockerApi
from tests.unit.fakes import FakeRunner


def test_needs_on_one_file_system_are_added_up(tmp_path: Path) -> None:
    [found] = disk.spaces([Need(tmp_path / "not" / "yet", 1, "the cache"), Need(tmp_path, 2, "Docker")])
    assert (found.folder, found.needed, found.purposes) == (tmp_path, 3, ("the cache", "Docker"))


def test_too_little_disk_names_the_folder_and_what_it_is_needed_for(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"GB free in {tmp_path}, 1e\+09 GB are needed: the cache; free some space"):
        disk.check([Need(tmp_path, 1e9, "the cache")])


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, on a machine whose disks are all too small."""
    monkeypatch.setenv("TODO_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(space, "COMPILE_GB", 1e9)
    monkeypatch.setattr(space, "IMAGES_GB", 1e9)
    return tmp_path


def purposes(engine: Engine | None) -> list[str]:
    return [need.purpose.partition(",")[0] for need in space.needs(engine)]


def test_only_what_is_ours_to_move_is_offered_to_be_moved(cache: Path) -> None:
    compiling, images = space.needs(None)
    [own], [docker] = disk.spaces([compiling]), disk.spaces([images])
    assert own.fix.endswith("(./dev clean shows what can go), or move the cache with TODO_CACHE_DIR")
    assert docker.fix == "free some space there (./dev clean shows what can go)"


def test_a_bare_machine_needs_disk_for_the_compile_and_the_images(cache: Path) -> None:
    assert purposes(None) == ["the cache", "Docker"]


def test_what_is_made_needs_none(cache: Path, docker_api: DockerApi) -> None:
    node_binaries.folder().mkdir(parents=True)
    assert purposes(Engine()) == ["Docker"]
    docker_api.add(node_image.tag())
    assert purposes(Engine()) == []


def test_a_second_start_is_not_refused_on_a_full_disk(
    cache: Path, docker_api: DockerApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cache / "bin").mkdir()
    docker = cache / "bin" / "docker"
    docker.write_text("#!/bin/sh\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(docker.parent))
    docker_api.info["DockerRootDir"] = str(cache)
    with pytest.raises(UserError, match="GB are needed: the cache, to compile Kubernetes and Docker, for the images"):
        prepare.docker(FakeRunner(), Steps(io.StringIO()), check_space=space.check)
    docker_api.add(node_image.tag())
    prepare.docker(FakeRunner(), Steps(io.StringIO()), check_space=space.check)
