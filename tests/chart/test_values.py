"""Values, schema and templates are in lock-step: no key without use, type or explanation."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.chart.conftest import BY_EACH_HELM, Render
from tests.chart.helm import CHART, Helm, HelmError, Object
from tests.chart.manifests import one, public, walk
from tests.chart.scenarios import DATABASE_ELSEWHERE, EVERYTHING, SCENARIOS
from tests.chart.values import COMPONENTS, LEAVES, VALUES, accepted, merged, nested

# A value that must show in what is rendered, for the leaves whose type alone does not give one.
OTHER: dict[str, Any] = {
    "nodePort": 31000,
    "type": "LoadBalancer",
    "externalTrafficPolicy": "Local",
    "digest": "sha256:" + 64 * "a",
    "pullPolicy": "Never",
    "account": "7/hour",
    "address": "7/hour",
    "chat": "7/hour",
    "clientAddress": "frontend",
    "logLevel": "ERROR",
    "logFormat": "text",
    "assistant": "offline",
    "whenDeleted": "Delete",
    "whenScaled": "Delete",
    "url": "postgresql://todo@other.example.com/todo",
    "otlpEndpoint": "https://other.example.com/otlp",
    "baseUrl": "https://other.example.com/v1",
    "keys": "k2:" + 40 * "b",
    "cpu": "123m",
    "memory": "200Mi",
    "ephemeral-storage": "123Mi",
    "tmpSize": "123Mi",
    "size": "123Mi",
    "schedule": "5 4 * * 0",
    "minReplicas": 3,
    "maxReplicas": 9,
    "allowedHosts": ["other.example.com"],
    "imagePullSecrets": [{"name": "other"}],
    "tolerations": [{"key": "other", "operator": "Exists"}],
    "dnsPeers": [{"ipBlock": {"cidr": "10.0.0.10/32"}}],
    "dnsPorts": [5353],
    "scrapers": [{"ipBlock": {"cidr": "10.0.0.11/32"}}],
}

SECTIONS_WITH_SECRETS = ("", "backend.database", "backend.jwt", "backend.openai")

# What has to be so for a leaf to matter.
CONTEXT: dict[str, dict[str, Any]] = {
    "postgres.enabled": {"backend": {"database": {"url": "postgresql://todo@db/todo"}}},
    "backend.database.url": {"postgres": {"enabled": False}},
    "backend.rateLimits.clientAddress": {"frontend": {"service": {"externalTrafficPolicy": "Local"}}},
    "metrics.scrapers": {"metrics": {"enabled": True}},
    "ingress.className": EVERYTHING,
    "ingress.annotations": EVERYTHING,
    "ingress.host": EVERYTHING,
    "ingress.tlsSecret": EVERYTHING,
}
for leaf in (leaf for leaf in LEAVES if leaf.startswith("postgres.backup.") and leaf != "postgres.backup.enabled"):
    CONTEXT[leaf] = {"postgres": {"backup": {"enabled": True}}}
for component in COMPONENTS:
    for leaf in ("nodePort", "externalTrafficPolicy"):
        CONTEXT[f"{component}.service.{leaf}"] = {component: {"service": {"type": "NodePort"}}}
    for leaf in ("minReplicas", "maxReplicas", "targetCPUUtilizationPercentage"):
        CONTEXT[f"{component}.autoscaling.{leaf}"] = {component: {"autoscaling": {"enabled": True}}}


def other(path: str, value: Any) -> Any:
    """A valid value of the leaf that is not `value`."""
    last = path.rpartition(".")[2]
    if last in OTHER:
        return OTHER[last]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return {"OTHER": "other"} if isinstance(value, dict) else "other"


def with_another(path: str) -> dict[str, Any]:
    """Values that let a leaf matter, and have another value there."""
    context = CONTEXT.get(path, {})
    now: Any = merged(VALUES, context)
    for key in path.split("."):
        now = now[key]
    overlay = merged(context, nested(path, other(path, now)))
    return overlay | {"postgres": {"enabled": False}} if path == "postgres.enabled" else overlay


@pytest.fixture(scope="module")
def with_others(helm: Helm) -> dict[str, list[Object]]:
    """What is rendered with another value of each leaf."""
    return dict(zip(LEAVES, helm.render_all(map(with_another, LEAVES)), strict=True))


@pytest.mark.parametrize("path", LEAVES)
def test_every_value_changes_what_is_rendered(render: Render, with_others: dict[str, list[Object]], path: str) -> None:
    compared = {"postgres.enabled": {}, "backend.database.url": DATABASE_ELSEWHERE}
    assert public(with_others[path]) != public(render(compared.get(path, CONTEXT.get(path, {}))))


@pytest.mark.parametrize("path", sorted({path.rpartition(".")[0] for path in LEAVES if not path.startswith("global")}))
def test_unknown_keys_are_rejected_at_every_level(helm: Helm, path: str) -> None:
    values = nested(f"{path}.misspelt".lstrip("."), "x")
    if path in SECTIONS_WITH_SECRETS:
        assert accepted(merged(VALUES, values)), "the schema would print the key, which may be a piece of a secret"
        with pytest.raises(HelmError, match="a key that the chart does not know"):
            helm.render(values)
    else:
        assert not accepted(merged(VALUES, values))


def test_node_s_options_may_be_replaced(render: Render) -> None:
    objects = render({"frontend": {"extraEnv": {"NODE_OPTIONS": "--max-old-space-size=100"}}})
    assert one(objects, "ConfigMap", "todo-frontend")["data"]["NODE_OPTIONS"] == "--max-old-space-size=100"


@BY_EACH_HELM
def test_the_chart_passes_helm_s_strict_lint(helm: Helm) -> None:
    for overlays in SCENARIOS.values():
        helm.run("lint", "--strict", "--kube-version", "1.30.0", str(CHART), *helm.values_arguments(overlays))


def test_development_changes_only_secrets_rights_resources_patience_and_the_form_of_logs() -> None:
    rights = ("existingSecret", "readOnlyRootFilesystem")
    patience = ("livenessProbe", "TODO_DATABASE_WAIT_SECONDS")
    allowed = (*rights, *patience, "resources", "tmpSize", "pullPolicy", "logFormat")
    for path, _ in walk(yaml.safe_load((CHART / "values-dev.yaml").read_text())):
        assert set(path) & set(allowed), path
