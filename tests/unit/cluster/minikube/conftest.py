"""A home folder for each test, and the API of the cluster that its kubeconfig names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cluster.cluster_home import Api, own_home, serve_api
from tests.unit.cluster.minikube.profiles import context
from tests.unit.docker_api import DockerApi


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    yield own_home(tmp_path, monkeypatch)


@pytest.fixture
def api(home: Path) -> Iterator[Api]:
    """The cluster's API, which also answers as its registry."""
    with serve_api() as served:
        context(home, served.url)
        yield served


@pytest.fixture
def node_container(api: Api, docker_api: DockerApi) -> DockerApi:
    """The engine in which Minikube's docker driver has its node, with the addon's port published."""
    docker_api.add_container("minikube", "running", ports={5000: api.port})
    return docker_api
