"""How many pods an upgrade leaves where an autoscaler is on."""

from __future__ import annotations

import pytest

from tests.chart.api_server import api_server, owned
from tests.chart.conftest import BY_EACH_HELM, Render
from tests.chart.helm import Helm, Object
from tests.chart.manifests import one
from tests.chart.values import COMPONENTS


def deployment(named: str, replicas: int) -> Object:
    """As the cluster has it, scaled by whoever did so last."""
    spec = {"replicas": replicas}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": owned(named, "todo"), "spec": spec}


@BY_EACH_HELM
@pytest.mark.parametrize(("key", "label"), COMPONENTS.items())
def test_an_autoscaler_that_is_turned_on_starts_from_the_pods_there_are(helm: Helm, key: str, label: str) -> None:
    """Without a number Kubernetes takes one, and stops all pods but one before the autoscaler has looked."""
    named = f"todo-{label}"
    with api_server(deployment(named, 5)) as url:
        objects = helm.render_against(url, {key: {"replicaCount": 7, "autoscaling": {"enabled": True}}})
    assert one(objects, "Deployment", named)["spec"]["replicas"] == 5
    assert one(objects, "HorizontalPodAutoscaler", named)["spec"]["scaleTargetRef"]["name"] == named


@pytest.mark.parametrize("live", [1, 9])
def test_an_upgrade_leaves_the_number_to_the_autoscaler_beyond_its_new_bounds_too(helm: Helm, live: int) -> None:
    """Helm 4 would have a conflict with the autoscaler, which owns the number, over any other."""
    scaling = {"enabled": True, "minReplicas": 2, "maxReplicas": 4}
    with api_server(deployment("todo-backend", live)) as url:
        objects = helm.render_against(url, {"backend": {"autoscaling": scaling}})
    assert one(objects, "Deployment", "todo-backend")["spec"]["replicas"] == live


def test_a_component_that_was_stopped_gets_the_pods_that_its_autoscaler_needs_to_work(helm: Helm) -> None:
    with api_server(deployment("todo-backend", 0)) as url:
        objects = helm.render_against(url, {"backend": {"autoscaling": {"enabled": True, "minReplicas": 3}}})
    assert one(objects, "Deployment", "todo-backend")["spec"]["replicas"] == 3


def test_a_first_install_with_an_autoscaler_starts_with_its_least_pods(render: Render) -> None:
    objects = render({"backend": {"replicaCount": 7, "autoscaling": {"enabled": True, "minReplicas": 3}}})
    assert one(objects, "Deployment", "todo-backend")["spec"]["replicas"] == 3


def test_without_an_autoscaler_the_number_is_that_of_the_values(helm: Helm) -> None:
    with api_server(deployment("todo-backend", 5)) as url:
        objects = helm.render_against(url, {"backend": {"replicaCount": 2}})
    assert one(objects, "Deployment", "todo-backend")["spec"]["replicas"] == 2
