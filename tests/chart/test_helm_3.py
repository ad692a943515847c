"""Helm 3 makes the same of the chart as Helm 4."""

from __future__ import annotations

import pytest

from tests.chart.helm import Helm
from tests.chart.manifests import without_secret_values
from tests.chart.scenarios import SCENARIOS


def test_it_is_helm_3(helm_3: Helm) -> None:
    assert helm_3.run("version", "--short").startswith("v3.")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_it_renders_the_same_objects(helm_3: Helm, helm: Helm, scenario: str) -> None:
    values = SCENARIOS[scenario]
    assert without_secret_values(helm_3.render(*values)) == without_secret_values(helm.render(*values))
