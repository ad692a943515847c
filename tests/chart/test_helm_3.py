"""Helm 3 makes the same of the chart as Helm 4."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.core.runner import Subprocess
from tests.chart.helm import Helm, HelmError, Object
from tests.chart.scenarios import SCENARIOS
from tests.helm3 import program


@pytest.fixture(scope="module")
def helm_3(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    return Helm(str(program.ensure(Subprocess())), tmp_path_factory.mktemp("helm-3"))


def without_generated(objects: list[Object]) -> list[Object]:
    """The objects without secret values, which are random where none are given, and without their hash."""
    return [{**item, "data": sorted(item["data"])} if item["kind"] == "Secret" else mask(item) for item in objects]


def mask(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "…" if key == "checksum/secrets" else mask(item) for key, item in value.items()}
    return [mask(item) for item in value] if isinstance(value, list) else value


def test_it_is_helm_3(helm_3: Helm) -> None:
    assert helm_3.run("version", "--short").startswith("v3.")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_it_renders_the_same_objects(helm_3: Helm, helm: Helm, scenario: str) -> None:
    values = SCENARIOS[scenario]
    assert without_generated(helm_3.render(*values)) == without_generated(helm.render(*values))


@pytest.mark.parametrize("backend", [{"replicas": 2}, {"jwt": {"keys": "k1:too-short-secret"}}])
def test_it_refuses_the_same_values_and_shows_no_secret(helm_3: Helm, helm: Helm, backend: dict[str, Any]) -> None:
    for each in (helm_3, helm):
        with pytest.raises(HelmError, match="replicas|jwt") as refused:
            each.template({"backend": backend})
        assert "too-short-secret" not in str(refused.value)
