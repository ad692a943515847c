"""Where the revision that a resource serves is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.engine.proof.endpoint import endpoint
from scripts.tiltfile.model import K8sResource


def test_a_resource_answers_at_its_service_that_has_an_address() -> None:
    def service(name: str, **spec: object) -> dict[str, object]:
        return {
            "kind": "Service",
            "metadata": {"name": name, "namespace": "n"},
            "spec": {"ports": [{"port": 80}], **spec},
        }

    resource = K8sResource("x", objects=(service("headless", clusterIP="None"), service("web")))
    found = endpoint(resource)
    assert found is not None
    assert (found.namespace, found.service, found.port, found.node_port) == ("n", "web", "80", 0)


@pytest.mark.parametrize(
    ("port", "declared", "target"),
    [
        ({}, None, 80),
        ({"targetPort": None}, None, 80),
        ({"targetPort": 8080}, None, 8080),
        ({"targetPort": "http"}, [{"name": "http", "containerPort": 3000}], 3000),
        ({"targetPort": "http"}, [{"name": "metrics", "containerPort": 3000}, {"containerPort": 4000}], 0),
        ({"targetPort": "http"}, None, 0),
    ],
)
def test_the_port_of_the_pods_is_told_by_number_or_by_the_name_that_a_container_gives_it(
    port: dict[str, Any], declared: list[dict[str, Any]] | None, target: int
) -> None:
    pod = {"spec": {"containers": [{"name": "app", "ports": declared}]}}
    web: dict[str, Any] = {"kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": pod}}
    service = {"kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 80, **port}]}}
    found = endpoint(K8sResource("web", objects=(web, service)))
    assert found is not None and found.target == target
