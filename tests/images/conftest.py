"""The production images of this checkout, built for all tests together."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from scripts.bases import base_images
from scripts.bases.base_images import BaseImages
from scripts.core.certificates import ca_bundle
from scripts.core.parallel import run_together
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.docker import archive, prepare
from scripts.docker import build as docker_build
from scripts.docker.archive import Image
from scripts.docker.engine import Engine
from scripts.services import SERVICES, Service
from tests.images import checkout

BASES = {"frontend": "node"}


@dataclass(frozen=True)
class Builder:
    """Builds the images of a copy of the checkout, and saves them to files in `folder`."""

    engine: Engine
    bases: BaseImages
    folder: Path

    def base(self, service: Service) -> str:
        return self.bases.names[BASES.get(service.component, "python")]

    def build(
        self, root: Path, name: str, *, options: Sequence[str] = (), secrets: Sequence[str] = ()
    ) -> dict[str, Image]:
        """Build all images, tagged as todo-test/SERVICE:NAME; returns them by the services' components."""
        one = partial(self._build, root, name, options=options, secrets=secrets)
        run_together(*(partial(one, service) for service in SERVICES))
        return {service.component: self._saved(service, name) for service in SERVICES}

    def tag(self, service: Service, name: str) -> str:
        return f"todo-test/{service.component}:{name}-{os.getpid()}"

    def _build(
        self, root: Path, name: str, service: Service, *, options: Sequence[str], secrets: Sequence[str]
    ) -> None:
        spec = docker_build.Spec(
            root / service.folder, target="final", tag=self.tag(service, name), args=self.bases.build_args(),
            secrets=secrets,
        )  # fmt: skip
        cli, command, *others = spec.argv(self.engine.cli, self.folder / f"{service.component}.id")
        env = {**self.engine.env, **docker_build.BUILDER}
        lines: list[str] = []
        done = Subprocess().run([cli, command, *options, *others], env=env, check=False, on_line=lines.append)
        assert done.returncode == 0, "\n".join(lines[-40:])

    def _saved(self, service: Service, name: str) -> Image:
        """The image, without the layers of its base."""
        tag, base = self.tag(service, name), self.base(service)
        saved = archive.save(self.engine, tag, self.folder / f"{service.component}-{name}.tar")
        below, layers = (inspect(self.engine, each)["RootFS"]["Layers"] for each in (base, tag))
        assert layers[: len(below)] == below, f"{tag} was not built from {base}"
        return Image(saved.archive, len(below))


def inspect(engine: Engine, image: str) -> dict[str, Any]:
    """The image as Docker's inspect describes it."""
    with engine.connection.request(f"inspect image {image}") as client:
        found: dict[str, Any] = client.inspect_image(image)
    return found


@pytest.fixture(scope="session")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    """Removes the names of what it has built afterwards, and with them what only they hold."""
    steps = Steps()
    engine = prepare.docker(Subprocess(), steps)
    builder = Builder(engine, base_images.ensure(Subprocess(), engine, steps), tmp_path_factory.mktemp("images"))
    yield builder
    for service in SERVICES:
        for tag in engine.images.tags(f"todo-test/{service.component}"):
            if tag.endswith(f"-{os.getpid()}"):
                engine.images.remove(tag)


@pytest.fixture(scope="session")
def twice(builder: Builder, tmp_path_factory: pytest.TempPathFactory) -> list[Mapping[str, Image]]:
    """Two sets of images by component that share nothing but their bases, from checkouts with other modes and times and
    with traps in them. The secret that the builds get has the marker, too."""
    bundle = tmp_path_factory.mktemp("secret") / "ca.crt"
    bundle.write_text(f"{Path(ca_bundle()).read_text()}\n# {checkout.MARKER}\n")
    built: list[Mapping[str, Image]] = []
    for name, umask, time in (("first", 0o077, 1_000_000_000), ("second", 0o002, 1_700_000_000)):
        root = checkout.copy(tmp_path_factory.mktemp(name), umask=umask, time=time)
        checkout.set_traps(root)
        built.append(builder.build(root, name, options=["--no-cache"], secrets=[f"id=ca,src={bundle}"]))
    return built


@pytest.fixture(scope="session")
def images(twice: list[Mapping[str, Image]]) -> Mapping[str, Image]:
    """One of these sets."""
    return twice[0]


PYTHON_SERVICES = [each.component for each in SERVICES if (ROOT / each.folder / "pyproject.toml").exists()]


@pytest.fixture(params=[service.component for service in SERVICES])
def component(request: pytest.FixtureRequest) -> str:
    """Each service's component."""
    return str(request.param)


@pytest.fixture
def image(component: str, images: Mapping[str, Image]) -> Image:
    """Each of the images."""
    return images[component]
