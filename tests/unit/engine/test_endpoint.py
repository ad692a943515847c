"""Where the revision that a resource serves is asked for."""

from __future__ import annotations

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
