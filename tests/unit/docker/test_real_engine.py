"""What is asked of an engine, against the engine of this machine, with an image of its own shell."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.core.errors import UserError
from scripts.core.runner import Subprocess
from scripts.docker import daemon
from scripts.docker.build import Spec, build
from scripts.docker.engine import Engine
from scripts.docker.errors import EngineError, NotFound
from tests.http_server import Handler, serving
from tests.ports import closed_port
from tests.unit.engine.live_cluster import until

PREFIX = f"todo-test-{os.getpid()}"
IMAGE = f"{PREFIX}-shell:1"


@pytest.fixture(scope="module")
def engine() -> Engine:
    found = Engine()
    if not daemon.answers(found):
        pytest.skip("no Docker engine answers on this machine")
    found.cli = daemon.choose_cli(Subprocess(), found, daemon.candidates(os.environ["PATH"]))
    return found


@pytest.fixture(scope="module")
def image(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An image with sh and sleep of this machine, and the libraries that they load."""
    archive = tmp_path_factory.mktemp("image") / "rootfs.tar"
    programs = {name: str(shutil.which(name)) for name in ("sh", "sleep")}
    loaded = subprocess.run(["ldd", *programs.values()], capture_output=True, text=True, check=True).stdout
    with tarfile.open(archive, "w", dereference=True) as tar:
        for name, path in programs.items():
            tar.add(path, f"bin/{name}")
        for library in sorted(set(re.findall(r"(/\S+) \(0x", loaded))):
            tar.add(library, library)
    engine.images.load_root_filesystem(archive, IMAGE, ['CMD ["sleep", "60"]', "LABEL made-by=todo-test"])
    yield IMAGE
    engine.images.remove(IMAGE)


@pytest.fixture
def container(engine: Engine) -> Iterator[str]:
    """The name of a container that is removed afterwards."""
    name = f"{PREFIX}-container"
    yield name
    engine.containers.remove(name)


class Denies(Handler):
    """A registry that lets nobody read or write."""

    def do_HEAD(self) -> None:
        self.respond(403)

    def do_GET(self) -> None:
        body = json.dumps({"errors": [{"code": "DENIED", "message": "not for you"}]}).encode()
        self.respond(200 if self.path == "/v2/" else 403, body, content_type="application/json")

    do_POST = do_GET


@pytest.fixture
def registry() -> Iterator[int]:
    """The port of a registry that denies everything."""
    with serving(Denies) as url:
        yield int(url.rpartition(":")[2])


def test_an_imported_image_has_its_labels_and_is_tagged_listed_saved_and_removed(
    engine: Engine, image: str, tmp_path: Path
) -> None:
    other = f"{PREFIX}-shell:2"
    assert engine.images.labels([image, f"{PREFIX}-none:1"]) == {image: {"made-by": "todo-test"}}
    engine.images.tag(image, other)
    assert sorted(engine.images.tags(f"{PREFIX}-shell")) == [image, other]
    assert engine.images.id(other) == engine.images.id(image) != ""
    engine.images.save(other, tmp_path / "image.tar")
    with tarfile.open(tmp_path / "image.tar") as tar:
        assert "manifest.json" in tar.getnames()
    engine.images.remove(other)
    engine.images.remove(other)
    assert engine.images.id(other) == ""


def test_an_image_that_does_not_exist_is_named(engine: Engine) -> None:
    with pytest.raises(NotFound, match=f"Docker could not tag {PREFIX}-none:1 as {PREFIX}-other:1: No such image"):
        engine.images.tag(f"{PREFIX}-none:1", f"{PREFIX}-other:1")


def test_what_a_registry_refuses_is_an_error_about_the_image(engine: Engine, image: str, registry: int) -> None:
    target = f"127.0.0.1:{registry}/{PREFIX}:1"
    engine.images.tag(image, target)
    try:
        with pytest.raises(EngineError, match=f"could not push {target}: denied: not for you"):
            engine.images.push(target, lambda line: None)
        assert not engine.images.in_registry(target, 10)
        with pytest.raises(EngineError, match=f"could not pull {target}: .*denied: not for you"):
            engine.images.pull(target, 10, lambda line: None)
    finally:
        engine.images.remove(target)


def test_a_build_ends_in_the_engine_or_with_the_line_that_failed(engine: Engine, image: str, tmp_path: Path) -> None:
    spec = Spec(tmp_path, tag=f"{PREFIX}-built:1", labels={"a": "b"})
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(f"FROM {image}\nRUN :\n")
    try:
        assert build(Subprocess(), engine, spec, "svc", "fix it") == engine.images.id(spec.tag)
        assert engine.images.labels([spec.tag])[spec.tag]["a"] == "b"
    finally:
        engine.images.remove(spec.tag)
    dockerfile.write_text(f"FROM {image}\n\nRUN echo 'no x here' && \\\n    exit 3\n")
    with pytest.raises(UserError) as raised:
        build(Subprocess(), engine, spec, "svc", "fix it")
    assert str(raised.value) == "the build of svc failed: Dockerfile:3: no x here; fix it"


def test_a_container_runs_is_found_by_its_port_stops_starts_and_is_gone_when_removed(
    engine: Engine, image: str, container: str
) -> None:
    port = closed_port()
    binding = {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]}
    assert engine.containers.find(container) is None
    engine.containers.run(
        container,
        {
            "Image": image,
            "Cmd": ["sh", "-c", "echo ready; exec sleep 60"],
            "Labels": {"x": "y"},
            "ExposedPorts": {"8080/tcp": {}},
            "HostConfig": {"PortBindings": binding, "Init": True},
        },
    )
    found = engine.containers.find(container)
    assert found is not None
    assert (found.state, found.labels["x"], found.ports) == ("running", "y", {8080: port})
    assert engine.containers.publishing(port) == container
    until(lambda: engine.containers.last_log_line(container) == "ready", "it has printed its line")
    engine.containers.stop(container)
    stopped = engine.containers.find(container)
    assert stopped is not None and stopped.state == "exited"
    engine.containers.start(container)
    engine.containers.kill(container)
    engine.containers.remove(container)
    assert engine.containers.find(container) is None
    engine.containers.remove(container)
    assert engine.containers.publishing(port) == ""


def test_a_program_in_a_container_has_its_status_and_both_streams(engine: Engine, image: str, container: str) -> None:
    engine.containers.run(container, {"Image": image, "HostConfig": {"NetworkMode": "none"}})
    ran = engine.containers.exec(container, "sh", "-c", "echo out; echo err >&2; exit 3")
    assert (ran.returncode, ran.stdout, ran.stderr) == (3, "out\n", "err\n")
    assert "executable file not found" in engine.containers.exec(container, "no-such-program").stdout
    with pytest.raises(EngineError, match=f"run sleep in container {container}"):
        engine.containers.exec(container, "sleep", "60", seconds=0.2)
    with pytest.raises(NotFound, match=f"could not run sh in container {PREFIX}-none: No such container"):
        engine.containers.exec(f"{PREFIX}-none", "sh")


def test_a_network_is_made_once_and_tells_its_addresses(engine: Engine) -> None:
    name = f"{PREFIX}-network"
    try:
        made = engine.containers.ensure_network(name)
        assert made and engine.containers.ensure_network(name) == made
    finally:
        engine.containers.remove_network(name)
    engine.containers.remove_network(name)
    engine.containers.remove_volume(f"{PREFIX}-volume")
