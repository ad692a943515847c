"""What can be run in a container of the images: the service, and nothing to build or install with."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from scripts.docker.archive import Image
from scripts.services import by_component
from tests.images.conftest import PYTHON_SERVICES, Builder

COMPILERS = "as c++ c89 c99 cc clang cmake cpp g++ gcc go ld make ninja rustc tcc"
INSTALLERS = "cargo conda corepack easy_install npm npx pip pip3 pipx pnpm poetry uv uvx yarn yarnpkg"
FILES = ("npm", "npx", "pip", "pip[0-9]*", "pip-*", "uv", "uv-*", "corepack", "yarn*", "ensurepip", "setuptools")


@pytest.fixture
def container(builder: Builder, component: str, image: Image) -> Iterator[str]:
    """A container of the image, as root: what its own user cannot see, somebody else might."""
    service = by_component(component)
    assert service is not None
    name = f"todo-test-{component}-{os.getpid()}"
    config = {"Image": builder.tag(service, "first"), "User": "0:0", "Entrypoint": ["sleep"], "Cmd": ["60"]}
    builder.engine.containers.run(name, config)
    yield name
    builder.engine.containers.remove(name)


def test_there_is_no_compiler_and_no_installer(builder: Builder, container: str) -> None:
    script = f"for name in {COMPILERS} {INSTALLERS}; do command -v $name; done; true"
    found = builder.engine.containers.exec(container, "sh", "-c", script)
    assert (found.stdout, found.stderr, found.returncode) == ("", "", 0)


def test_no_file_of_an_installer_is_left(builder: Builder, container: str) -> None:
    names = [word for name in FILES for word in ("-o", "-name", name)][1:]
    argv = ["find", "/", "-xdev", "(", *names, ")", "-not", "-path", "/usr/share/doc/*", "-not", "-path", "/var/lib/*"]
    found = builder.engine.containers.exec(container, *argv)
    assert (found.stdout, found.returncode) == ("", 0)


@pytest.mark.parametrize("component", PYTHON_SERVICES, indirect=True)
def test_python_cannot_install_packages(builder: Builder, container: str) -> None:
    for module in ("pip", "ensurepip", "setuptools"):
        found = builder.engine.containers.exec(container, "python", "-m", module, "--version")
        assert f"No module named {module}" in found.stderr
