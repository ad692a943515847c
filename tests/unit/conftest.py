"""Fixtures that several folders of unit tests use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.docker_api import DockerApi, serve_docker


@pytest.fixture
def docker_api(monkeypatch: pytest.MonkeyPatch) -> Iterator[DockerApi]:
    """The engine of this process, in memory."""
    with serve_docker() as api:
        for name in ("DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("DOCKER_HOST", api.host)
        yield api
