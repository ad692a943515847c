"""Kubernetes' own schemas accept every object, strictly, in the oldest version supported and the newest."""

from __future__ import annotations

import re

import kubernetes_validate
import pytest
import yaml

from tests.chart.api_schemas import NEWEST, validate
from tests.chart.helm import CHART, Helm
from tests.chart.scenarios import SCENARIOS

OLDEST = re.findall(r"\d+\.\d+", yaml.safe_load((CHART / "Chart.yaml").read_text())["kubeVersion"])[0]


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_object_is_valid(helm: Helm, scenario: str, version: str) -> None:
    for item in helm.render(*SCENARIOS[scenario], kubernetes=re.findall(r"\d+\.\d+", version)[0] + ".0"):
        validate(item, version)


def test_an_unknown_field_would_be_found(helm: Helm) -> None:
    (item,) = [item for item in helm.render() if item["metadata"]["name"] == "todo-deny-all"]
    item["spec"]["misspelt"] = True
    with pytest.raises(kubernetes_validate.ValidationError):
        validate(item)
