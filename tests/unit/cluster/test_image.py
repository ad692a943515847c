"""Making the embedded node's image."""

import io
import re
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from scripts.cluster.embedded import node_binaries, node_container, node_image
from scripts.cluster.embedded.background_compile import BackgroundCompile
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import Result
from scripts.docker import debian
from scripts.docker.engine import Engine
from tests.unit.docker_api import DockerApi
from tests.unit.fakes import FakeRunner

ROOTFS = node_binaries.SOURCE / "rootfs"


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the image's sources that may be changed."""
    copy = tmp_path / "node"
    shutil.copytree(node_binaries.SOURCE, copy)
    monkeypatch.setattr(node_binaries, "SOURCE", copy)
    monkeypatch.setenv("TODO_CACHE_DIR", str(tmp_path / "cache"))
    return copy


@pytest.mark.parametrize(
    "name", ["main.go", "go.sum", "Dockerfile", "packages/Dockerfile", "rootfs/etc/todo-node/kubelet.yaml"]
)
def test_a_change_to_any_source_is_another_image(source: Path, name: str) -> None:
    before = node_image.tag()
    with (source / name).open("a") as file:
        file.write("\n")
    assert node_image.tag() != before


def test_a_script_that_is_not_executable_any_more_is_another_image(source: Path) -> None:
    before = node_image.tag()
    (source / "rootfs/usr/local/lib/todo-node/entrypoint").chmod(0o644)
    assert node_image.tag() != before


def test_the_files_of_the_image_can_be_read_whatever_umask_the_checkout_had(source: Path, tmp_path: Path) -> None:
    for path in (source / "rootfs").rglob("*"):
        path.chmod(path.stat().st_mode & 0o700)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in node_binaries.PROGRAMS:
        (programs / name).touch(0o755)
    with node_image._context(programs) as context:
        modes = {path.stat().st_mode & 0o777 for path in (context / "node" / "rootfs").rglob("*")}
        entrypoint = context / "node" / "rootfs/usr/local/lib/todo-node/entrypoint"
        assert entrypoint.stat().st_mode & 0o777 == 0o755
    assert modes == {0o755, 0o644}


def test_an_image_that_exists_is_not_made_again(source: Path, docker_api: DockerApi) -> None:
    docker_api.add(node_image.tag())
    runner = FakeRunner()
    assert node_image.ensure(runner, Engine(), Steps(io.StringIO()), BackgroundCompile(runner)) == node_image.tag()
    assert (runner.calls, docker_api.did) == ([], [])


def test_the_image_is_built_from_debian_and_the_programs_and_nothing_is_left_over(
    source: Path, docker_api: DockerApi
) -> None:
    for program in node_binaries.PROGRAMS:
        (node_binaries.folder() / program).parent.mkdir(parents=True, exist_ok=True)
        (node_binaries.folder() / program).touch()
    docker_api.add(node_image.base_tag(), node_image.PAUSE_IMAGE)
    runner = FakeRunner()
    node_image.ensure(runner, Engine(), Steps(io.StringIO()), BackgroundCompile(runner))
    pause, node = runner.calls
    assert f"--build-arg BASE={node_image.base_tag()}" in " ".join(node.argv)
    assert [call.argv[call.argv.index("--tag") + 1] for call in (pause, node)] == [
        node_image.PAUSE_IMAGE,
        node_image.tag(),
    ]
    assert docker_api.did == [f"save {node_image.PAUSE_IMAGE}"]
    assert [path.name for path in (source.parent / "cache").iterdir()] == ["bin"]


def test_the_nodes_packages_are_installed_on_the_debian_that_the_base_images_start_from(
    source: Path, docker_api: DockerApi
) -> None:
    docker_api.add(debian.NAME, labels={debian.RECIPE: debian.recipe()})
    runner = FakeRunner()
    node_image.ensure_base(runner, Engine(), Steps(io.StringIO()))
    [build] = runner.argvs()
    assert f"--tag {node_image.base_tag()} " in build
    assert f"--build-arg DEBIAN_BASE={debian.NAME} " in build


def test_older_images_of_the_node_are_removed(docker_api: DockerApi) -> None:
    docker_api.add("todo-node:1", "todo-node:2", "todo-node-base:1")
    node_image.forget_older(Engine(), "todo-node:2")
    assert docker_api.did == ["rmi todo-node:1"]


class CompilingForever(FakeRunner):
    """A machine on which the compile ends only when it is called off."""

    def run(self, argv: Sequence[str], *, on_line: Callable[[str], None] | None = None, **options: Any) -> Result:
        if argv[1] == "build" and on_line is not None:
            never = threading.Event()
            while True:
                on_line("a/package")
                never.wait(0.01)
        return super().run(argv, on_line=on_line, **options)


def test_when_debian_cannot_be_had_nobody_waits_for_the_compile(
    source: Path, docker_api: DockerApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_binaries, "go_of_the_wheel", list)
    runner = CompilingForever(
        {
            "mmdebstrap": (1, "E: apt-get update failed\nI: cleaning up\n", ""),
            "/usr/bin/go version": (0, "go version go9.0 linux/amd64", ""),
        }
    )
    with pytest.raises(
        UserError, match="todo-base/debian:13 could not be made from .*: apt-get update failed; check the network"
    ):
        node_image.ensure(runner, Engine(), Steps(io.StringIO()), BackgroundCompile(runner))


def test_every_file_of_the_node_means_the_same_addresses() -> None:
    stated = (ROOTFS / "etc/todo-node/addresses").read_text()
    known = dict(re.findall(r"^(\w+)=(10\.[\d.]+)$", stated, re.MULTILINE))
    networks = {str(network.network_address) for network in node_container.INSIDE_NETWORKS}
    assert known["NODE_IP"] in networks
    for path in ROOTFS.rglob("*"):
        if path.is_file():
            used = set(re.findall(r"\b10(?:\.\d+){3}\b", path.read_text()))
            assert used <= {*known.values(), *networks}, path


def test_every_program_of_the_node_is_started_again_when_it_ends() -> None:
    sections = (ROOTFS / "etc/todo-node/supervisord.conf").read_text().split("[program:")[1:]
    assert {section.split("]")[0] for section in sections if "\nautorestart = true\n" not in section} == {"bootstrap"}
