"""Fixtures of the chart's tests: a real Helm, and the values that the chart is tested with."""

from __future__ import annotations

from typing import Protocol

import pytest

from tests.chart.helm import CHART, Helm, Object, Values, find_helm
from tests.chart.scenarios import SCENARIOS


class Render(Protocol):
    """Renders the chart with overlays over its values; see Helm.template for the keywords."""

    def __call__(self, *overlays: Values, release: str = ..., namespace: str = ...) -> list[Object]: ...


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    return Helm(find_helm(), tmp_path_factory.mktemp("helm"))


@pytest.fixture(scope="session")
def render(helm: Helm) -> Render:
    return helm.render


@pytest.fixture(scope="session")
def default(helm: Helm) -> list[Object]:
    return helm.render()


@pytest.fixture(scope="session")
def development(helm: Helm) -> list[Object]:
    return helm.render(CHART / "values-dev.yaml")


@pytest.fixture(params=SCENARIOS)
def objects(helm: Helm, request: pytest.FixtureRequest) -> list[Object]:
    """The chart under each of the scenarios in turn."""
    return helm.render(*SCENARIOS[request.param])
