"""An upgrade from the previous version keeps its data; with Helm 3, and from Helm 3 to 4."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from scripts.core.runner import Subprocess
from scripts.services import SERVICES
from tests.helm3 import program
from tests.install import earlier_release
from tests.install.earlier_release import EARLIER, NODE_PORT, EarlierRelease

ACCOUNT = {"email": "ada@todo.test", "password": "kept through upgrades"}
ROWS = (EARLIER / "rows.sql").read_text()


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EarlierRelease]:
    """The previous version, installed by Helm 3, with the data that people stored with it."""
    release = earlier_release.choose(str(program.ensure(Subprocess())))
    release.delete()
    try:
        release.install(tmp_path_factory.mktemp("sources"))
        release.load((EARLIER / "data.sql").read_text())
        yield release
    finally:
        release.delete()


@contextmanager
def ada(release: EarlierRelease) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=release.provider.node_url(NODE_PORT), timeout=30, trust_env=False) as http:
        account = http.post("/api/auth/login", json=ACCOUNT)
        assert account.status_code == 200, account.text
        http.headers["Authorization"] = f"Bearer {account.json()['access_token']}"
        yield http


def titles(http: httpx.Client) -> list[str]:
    answer = http.get("/api/me/tasks")
    assert answer.status_code == 200, answer.text
    return [task["title"] for task in answer.json()]


def add(http: httpx.Client, title: str) -> None:
    answer = http.post("/api/me/tasks", json={"title": title})
    assert answer.status_code == 201, answer.text


def test_an_upgrade_by_helm_3_keeps_every_row_and_a_rollback_too(release: EarlierRelease) -> None:
    stored = release.query(ROWS)
    assert len(stored) > 100
    with ada(release) as http:
        before = titles(http)

    release.upgrade()
    assert release.query(ROWS) == stored
    with ada(release) as http:
        assert titles(http) == before
        add(http, "Added after the upgrade")

    release.rollback()
    with ada(release) as http:
        assert titles(http) == ["Added after the upgrade", *before]
        add(http, "Added after the rollback")

    release.upgrade()
    with ada(release) as http:
        assert titles(http) == ["Added after the rollback", "Added after the upgrade", *before]
    assert set(stored) <= set(release.query(ROWS))


def test_the_charts_own_test_passes_with_helm_3(release: EarlierRelease) -> None:
    assert "Succeeded" in release.test()


def test_an_upgrade_that_changes_nothing_replaces_no_pod_by_helm_3_nor_by_helm_4_after_it(
    release: EarlierRelease,
) -> None:
    release.upgrade()
    before = release.pods()
    assert len(before) == len(SERVICES) + 1  # the database
    release.upgrade()
    assert release.pods() == before
    release.upgrade(helm="helm")
    assert release.pods() == before
