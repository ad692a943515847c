"""The objects fit together: whatever one of them names is there, and policies are just the edges."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.chart.conftest import Render
from tests.chart.helm import Helm, Object
from tests.chart.manifests import (
    WORKLOADS,
    component,
    containers,
    environment,
    labels,
    name,
    of_kind,
    pod_templates,
    ports,
    secret_keys,
    selects,
)
from tests.chart.scenarios import DATABASE_ELSEWHERE, EVERYTHING, OWN_SECRETS, SCENARIOS

Edge = tuple[str, str, int]


def test_every_service_leads_to_one_component_and_a_port_it_has(objects: list[Object]) -> None:
    for item in of_kind(objects, "Service"):
        hit = [pod for pod in pod_templates(objects).values() if selects(item["spec"]["selector"], pod)]
        assert len(hit) == 1, name(item)
        assert all(port["targetPort"] in ports(hit[0]) for port in item["spec"]["ports"])


def test_every_probe_asks_a_port_its_container_has(objects: list[Object]) -> None:
    for pod in pod_templates(objects).values():
        for each in containers(pod):
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                for kind in ("httpGet", "tcpSocket"):
                    asked = each.get(probe, {}).get(kind)
                    assert asked is None or asked["port"] in {port["name"] for port in each["ports"]}


def test_workloads_select_their_own_pods_only(objects: list[Object]) -> None:
    for item in of_kind(objects, *WORKLOADS):
        selector = item["spec"]["selector"]["matchLabels"]
        assert [key for key, pod in pod_templates(objects).items() if selects(selector, pod)] == [name(item)]


def test_every_config_map_is_read_by_its_component(objects: list[Object]) -> None:
    read = {
        source["configMapRef"]["name"]
        for pod in pod_templates(objects).values()
        for each in containers(pod)
        for source in each.get("envFrom", [])
    }
    assert read == {name(item) for item in of_kind(objects, "ConfigMap")}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_secret_key_is_one_the_chart_made_or_the_operator_named(helm: Helm, scenario: str) -> None:
    objects = helm.render(*SCENARIOS[scenario])
    made = {(name(item), key) for item in of_kind(objects, "Secret") for key in item["data"]}
    named = {"db", "ai", "jwt", "pg"} | ({"todo-secrets"} if scenario == "development" else set())
    used = {pair for pod in pod_templates(objects).values() for pair in secret_keys(pod)}
    assert made <= used
    assert all(secret in named for secret, _ in used - made)


def test_what_the_default_install_reads_it_also_makes(default: list[Object]) -> None:
    made = {(name(item), key) for item in of_kind(default, "Secret") for key in item["data"]}
    assert made == {pair for pod in pod_templates(default).values() for pair in secret_keys(pod)}


def test_the_set_s_service_is_headless_and_reaches_its_pods(default: list[Object]) -> None:
    (database,) = of_kind(default, "StatefulSet")
    (service,) = [item for item in of_kind(default, "Service") if name(item) == database["spec"]["serviceName"]]
    assert service["spec"]["clusterIP"] == "None"


def test_autoscalers_budgets_and_ingress_name_what_exists(render: Render) -> None:
    objects = render(EVERYTHING)
    for item in of_kind(objects, "HorizontalPodAutoscaler"):
        assert item["spec"]["scaleTargetRef"]["name"] in {name(each) for each in of_kind(objects, "Deployment")}
    for item in of_kind(objects, "PodDisruptionBudget"):
        selector = item["spec"]["selector"]["matchLabels"]
        assert any(selects(selector, pod) for pod in pod_templates(objects).values())
    assert len(of_kind(objects, "HorizontalPodAutoscaler")) == 2
    assert len(of_kind(objects, "PodDisruptionBudget")) == 2


def test_every_object_carries_the_common_labels_and_the_namespace(objects: list[Object]) -> None:
    for item in objects:
        assert item["metadata"]["namespace"] == "todo-stack"
        assert {
            "app.kubernetes.io/name": "todo-stack",
            "app.kubernetes.io/instance": "todo",
            "app.kubernetes.io/part-of": "todo-stack",
            "app.kubernetes.io/managed-by": "Helm",
        }.items() <= item["metadata"]["labels"].items()


def test_no_name_is_used_twice(objects: list[Object]) -> None:
    names = [(item["kind"], name(item)) for item in objects]
    assert len(names) == len(set(names))


def policies(objects: list[Object]) -> list[Object]:
    return of_kind(objects, "NetworkPolicy")


def allowed(objects: list[Object], way: str) -> set[Edge]:
    """Edges that policies let through, as the `ingress` of callees or the `egress` of callers tells them."""
    far = {"ingress": "from", "egress": "to"}[way]
    found = set()
    for policy in policies(objects):
        here = policy["spec"]["podSelector"]["matchLabels"].get("app.kubernetes.io/component")
        for rule in policy["spec"].get(way, []) if here else []:
            for peer in rule.get(far, [None]):
                there = peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"] if peer else "*"
                for port in rule["ports"]:
                    pair = (there, here) if way == "ingress" else (here, there)
                    found.add((*pair, port["port"]))
    return found


def called(objects: list[Object]) -> set[Edge]:
    """Edges that environments speak of: every URL that a pod is given, resolved to the pod behind it."""
    pods = pod_templates(objects).values()
    found = set()
    for pod in pods:
        for each in containers(pod):
            for value in environment(objects, each).values():
                match = re.search(r"://(?:\w+@)?([\w.-]+):(\d+)", value)
                services = [s for s in of_kind(objects, "Service") if match and name(s) == match[1]]
                for service in services:
                    (target,) = (other for other in pods if selects(service["spec"]["selector"], other))
                    port = ports(target)[service["spec"]["ports"][0]["targetPort"]]
                    found.add((component(pod), component(target), port))
                if match and not services:
                    found.add((component(pod), "*", int(match[2])))
    return found


def exposed(objects: list[Object]) -> set[Edge]:
    """Edges from anywhere, as Services that are reached from outside the cluster ask for them."""
    found = set()
    for service in of_kind(objects, "Service"):
        if service["spec"].get("type") in ("NodePort", "LoadBalancer"):
            (pod,) = (each for each in pod_templates(objects).values() if selects(service["spec"]["selector"], each))
            found |= {("*", component(pod), ports(pod)[port["targetPort"]]) for port in service["spec"]["ports"]}
    return found


@pytest.mark.parametrize(
    ("values", "implied"),
    [
        ({}, set()),
        # A key without an address means api.openai.com.
        (OWN_SECRETS, {("backend", "*", 443)}),
        (DATABASE_ELSEWHERE, set()),
        (EVERYTHING, set()),
    ],
    ids=["default", "own secrets", "database elsewhere", "everything"],
)
def test_policies_let_through_exactly_the_calls_that_are_configured(
    render: Render, values: dict[str, Any], implied: set[Edge]
) -> None:
    objects = render(values)
    edges = called(objects) | implied
    assert allowed(objects, "egress") == edges
    inside = {edge for edge in edges if edge[1] != "*"}
    assert allowed(objects, "ingress") == inside | exposed(objects)


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
@pytest.mark.parametrize(
    ("key", "edge"), [("backend", ("*", "backend", 8000)), ("mcpServer", ("*", "mcp-server", 8080))]
)
def test_a_service_that_is_given_a_port_outside_is_reached_there(
    render: Render, default: list[Object], key: str, edge: Edge, kind: str
) -> None:
    open_before = allowed(default, "ingress")
    assert edge not in open_before
    objects = render({key: {"service": {"type": kind}}})
    assert allowed(objects, "ingress") == open_before | {edge}


def test_an_ingress_controller_reaches_a_frontend_that_has_no_port_outside(render: Render) -> None:
    objects = render({"frontend": {"service": {"type": "ClusterIP"}}})
    assert ("*", "frontend", 3000) in allowed(objects, "ingress")


def test_anybody_may_reach_the_frontend_since_node_ports_hide_the_caller(default: list[Object]) -> None:
    (rule,) = [policy for policy in policies(default) if name(policy) == "todo-frontend-from-anywhere"]
    assert rule["spec"]["ingress"] == [{"ports": [{"protocol": "TCP", "port": 3000}]}]


def test_every_pod_is_denied_all_else_but_names(default: list[Object]) -> None:
    (deny,) = [policy for policy in policies(default) if name(policy) == "todo-deny-all"]
    assert deny["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert not {"ingress", "egress"} & deny["spec"].keys()
    (dns,) = [policy for policy in policies(default) if name(policy) == "todo-dns"]
    assert {(port["protocol"], port["port"]) for port in dns["spec"]["egress"][0]["ports"]} == {
        ("UDP", 53),
        ("TCP", 53),
    }
    for policy in (deny, dns):
        selector = policy["spec"]["podSelector"]["matchLabels"]
        assert all(selects(selector, pod) for pod in pod_templates(default).values())


def test_names_are_asked_at_the_ports_of_the_dns_servers_pods(render: Render) -> None:
    """As of OpenShift, where they listen on 5353 behind a Service with port 53."""
    values = {"networkPolicy": {"dnsPeers": [{"namespaceSelector": {}}], "dnsPorts": [5353, 53]}}
    (dns,) = [policy for policy in policies(render(values)) if name(policy) == "todo-dns"]
    ports = [{"protocol": protocol, "port": port} for port in (5353, 53) for protocol in ("UDP", "TCP")]
    assert dns["spec"]["egress"] == [{"to": [{"namespaceSelector": {}}], "ports": ports}]


def test_every_policy_concerns_a_pod(objects: list[Object]) -> None:
    for policy in policies(objects):
        selector = policy["spec"]["podSelector"]["matchLabels"]
        assert any(selector.items() <= labels(pod).items() for pod in pod_templates(objects).values())


def test_scrapers_reach_the_metrics_of_the_three_services_and_nothing_else(render: Render) -> None:
    peers = [{"podSelector": {"matchLabels": {"app": "prometheus"}}, "namespaceSelector": {}}]
    (policy,) = [
        each
        for each in policies(render({"metrics": {"enabled": True, "scrapers": peers}}))
        if name(each) == "todo-metrics"
    ]
    assert policy["spec"]["ingress"] == [{"from": peers, "ports": [{"protocol": "TCP", "port": 9464}]}]
    assert policy["spec"]["policyTypes"] == ["Ingress"]
    (chosen,) = policy["spec"]["podSelector"]["matchExpressions"]
    assert chosen["key"] == "app.kubernetes.io/component"
    assert (chosen["operator"], chosen["values"]) == ("In", ["backend", "frontend", "mcp-server"])


def test_without_metrics_nobody_may_scrape(default: list[Object]) -> None:
    assert "todo-metrics" not in {name(policy) for policy in policies(default)}


def test_policies_can_be_left_out(render: Render) -> None:
    assert not policies(render({"networkPolicy": {"enabled": False}}))
