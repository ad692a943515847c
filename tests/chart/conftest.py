"""Fixtures of the chart's tests: a real Helm, and the values that the chart is tested with."""

from __future__ import annotations

from typing import Protocol

import pytest

from scripts.core.runner import Subprocess
from tests.chart.helm import CHART, Helm, Object, Values, find_helm
from tests.chart.scenarios import SCENARIOS
from tests.helm3 import program

BY_EACH_HELM = pytest.mark.parametrize("helm", ["helm", "helm_3"], indirect=True)
"""Runs a test with the Helm of the cluster, which is Helm 4, and with Helm 3."""


class Render(Protocol):
    """Renders the chart with overlays over its values; see Helm.template for the keywords."""

    def __call__(self, *overlays: Values, release: str = ..., namespace: str = ...) -> list[Object]: ...


@pytest.fixture(scope="session")
def helm_3(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    return Helm(str(program.ensure(Subprocess())), tmp_path_factory.mktemp("helm-3"))


@pytest.fixture(scope="session")
def helm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """The cluster's Helm, or Helm 3 where BY_EACH_HELM asks for it."""
    if getattr(request, "param", "helm") == "helm":
        return Helm(find_helm(), tmp_path_factory.mktemp("helm"))
    other: Helm = request.getfixturevalue(request.param)
    return other


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
