"""The README of the chart and docs/operations.md agree with the chart."""

from __future__ import annotations

import re

import yaml

from scripts.core.paths import ROOT
from scripts.core.versions import HELM, dotted
from tests.chart.conftest import Render
from tests.chart.helm import CHART, Object
from tests.chart.manifests import name, of_kind

README = (CHART / "README.md").read_text()


def test_it_requires_the_same_versions_as_the_chart_and_the_project() -> None:
    kubernetes = yaml.safe_load((CHART / "Chart.yaml").read_text())["kubeVersion"]
    oldest = re.findall(r"\d+\.\d+", kubernetes)[0]
    needs = f"Kubernetes {oldest} or newer, and Helm {dotted(HELM.oldest)} or newer, up to {HELM.newest_major}."
    assert needs in README


def test_the_objects_in_its_commands_exist_in_the_release(default: list[Object]) -> None:
    named = set(re.findall(r"kubectl -n todo-stack .*?(deployment|secret)[/ ]([a-z-]+)", README))
    made = {(kind.lower(), name(item)) for kind in ("Deployment", "Secret") for item in of_kind(default, kind)}
    assert named == {("deployment", "todo-backend"), ("secret", "todo-secrets")}
    assert named <= made


def test_the_objects_in_the_commands_for_operators_exist_in_the_release(render: Render) -> None:
    operations = (ROOT / "docs/operations.md").read_text()
    kinds = ("Deployment", "StatefulSet", "Secret", "CronJob")
    named = set(re.findall(rf"\b({'|'.join(kinds).lower()})[/ ](todo-[a-z-]+)", operations))
    objects = render({"postgres": {"backup": {"enabled": True}}})
    assert named <= {(kind.lower(), name(item)) for kind in kinds for item in of_kind(objects, kind)}
    assert len(named) == 3
    claims = set(re.findall(r"claimName: ([\w-]+)", operations))
    assert claims == {name(item) for item in of_kind(objects, "PersistentVolumeClaim")}
