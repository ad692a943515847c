"""What the rest of the project, and operators, build upon: names, ports, addresses, images."""

from __future__ import annotations

import re

import pytest
import yaml

from scripts.commands import down
from tests.chart.conftest import Render
from tests.chart.helm import CHART, Object
from tests.chart.manifests import (
    WORKLOADS,
    containers,
    environment,
    main_container,
    name,
    of_kind,
    one,
    pod_templates,
)
from tests.chart.scenarios import DATABASE_ELSEWHERE, EVERYTHING
from tests.chart.values import COMPONENTS

DIGEST = "sha256:" + 64 * "0"
PORTS = {"backend": 8000, "mcp-server": 8080, "frontend": 3000}
"""Component → where its server listens."""


def images(objects: list[Object]) -> dict[str, str]:
    return {each["name"]: each["image"] for pod in pod_templates(objects).values() for each in containers(pod)}


def service_ports(objects: list[Object], named: str) -> list[Object]:
    return list(one(objects, "Service", named)["spec"]["ports"])


def test_services_have_the_names_and_ports_of_the_contract(default: list[Object]) -> None:
    found = {name(item): item["spec"]["ports"][0]["port"] for item in of_kind(default, "Service")}
    assert found == {
        "backend-service": 8000,
        "mcp-service": 8080,
        "frontend-service": 3000,
        "postgres-service": 5432,
        "todo-postgres": 5432,
    }


def test_only_the_frontend_is_reached_from_outside_and_at_30300(default: list[Object]) -> None:
    exposed = [item for item in of_kind(default, "Service") if item["spec"].get("type") == "NodePort"]
    assert [(name(item), item["spec"]["ports"][0]["nodePort"]) for item in exposed] == [("frontend-service", 30300)]


def test_an_empty_node_port_lets_kubernetes_choose(render: Render) -> None:
    objects = render({"frontend": {"service": {"nodePort": ""}}})
    assert "nodePort" not in service_ports(objects, "frontend-service")[0]


def test_a_cluster_ip_service_has_no_node_port(render: Render) -> None:
    objects = render({"frontend": {"service": {"type": "ClusterIP"}}})
    assert "nodePort" not in service_ports(objects, "frontend-service")[0]


def test_workloads_are_named_after_the_release(default: list[Object]) -> None:
    found = {(item["kind"], name(item)) for item in of_kind(default, *WORKLOADS)}
    assert found == {
        ("Deployment", "todo-backend"),
        ("Deployment", "todo-mcp-server"),
        ("Deployment", "todo-frontend"),
        ("StatefulSet", "todo-postgres"),
    }


def test_down_deletes_all_kinds_of_objects_but_those_that_hold_data(render: Render) -> None:
    plurals = {"Ingress": "ingresses", "NetworkPolicy": "networkpolicies"}
    rendered = {
        (item["apiVersion"], plurals.get(item["kind"], f"{item['kind'].lower()}s")) for item in render(EVERYTHING)
    }
    assert rendered - set(down.KINDS) == {("v1", "secrets"), ("v1", "persistentvolumeclaims")}


def test_every_address_a_container_is_given_is_a_service_of_the_release(default: list[Object]) -> None:
    services = {name(item): item["spec"]["ports"][0]["port"] for item in of_kind(default, "Service")}
    called = set()
    for pod in pod_templates(default).values():
        for each in containers(pod):
            for value in environment(default, each).values():
                if match := re.search(r"://(?:\w+@)?([\w-]+):(\d+)", value):
                    assert services[match[1]] == int(match[2])
                    called.add(match[1])
    assert called == {"backend-service", "mcp-service", "frontend-service", "postgres-service"}


def test_addresses_follow_names_and_ports_that_are_changed(render: Render) -> None:
    objects = render(
        {
            "backend": {"service": {"name": "api", "port": 80}},
            "mcpServer": {"service": {"name": "tools", "port": 81}},
            "postgres": {"service": {"name": "db", "port": 82}},
        }
    )
    backend = environment(objects, main_container(objects, "backend"))
    assert backend["TODO_DATABASE_URL"] == "postgresql+psycopg://todo@db:82/todo"
    assert backend["TODO_MCP_URL"] == "http://tools:81/mcp"
    assert environment(objects, main_container(objects, "mcp-server"))["TODO_API_URL"] == "http://api:80"
    frontend = environment(objects, main_container(objects, "frontend"))
    assert (frontend["TODO_BACKEND_URL"], frontend["TODO_MCP_URL"]) == (
        "http://api:80",
        "http://tools:81/mcp",
    )
    waiting = pod_templates(objects)["todo-backend"]["spec"]["initContainers"][0]
    assert environment(objects, waiting) == {"PGHOST": "db", "PGPORT": "82"}


@pytest.mark.parametrize("named", COMPONENTS.values())
def test_a_server_listens_on_the_port_that_its_container_declares(default: list[Object], named: str) -> None:
    container = main_container(default, named)
    assert environment(default, container)["PORT"] == str(PORTS[named])
    assert container["ports"] == [{"name": "http", "containerPort": PORTS[named]}]


@pytest.mark.parametrize("named", COMPONENTS.values())
def test_metrics_have_a_port_of_their_own_that_no_service_leads_to(
    render: Render, default: list[Object], named: str
) -> None:
    objects = render({"metrics": {"enabled": True}})
    container = main_container(objects, named)
    assert container["ports"][1:] == [{"name": "metrics", "containerPort": 9464}]
    assert environment(objects, container)["TODO_METRICS_PORT"] == "9464"
    annotations = pod_templates(objects)[f"todo-{named}"]["metadata"]["annotations"]
    assert annotations["prometheus.io/scrape"] == "true"
    assert (annotations["prometheus.io/port"], annotations["prometheus.io/path"]) == ("9464", "/metrics")
    assert of_kind(objects, "Service") == of_kind(default, "Service")
    assert "TODO_METRICS_PORT" not in environment(default, main_container(default, named))


@pytest.mark.parametrize("named", COMPONENTS.values())
def test_traces_are_sent_where_the_values_say_and_else_nowhere(
    render: Render, default: list[Object], named: str
) -> None:
    endpoint = "http://collector.monitoring:4318"
    objects = render({"telemetry": {"otlpEndpoint": endpoint}})
    assert environment(objects, main_container(objects, named))["OTEL_EXPORTER_OTLP_ENDPOINT"] == endpoint
    assert not [key for key in environment(default, main_container(default, named)) if key.startswith("OTEL_")]


def test_an_annotation_of_the_operator_wins_over_the_charts(render: Render) -> None:
    mine = {"podAnnotations": {"prometheus.io/scrape": "false"}}
    objects = render({"metrics": {"enabled": True}, "backend": mine})
    annotations = pod_templates(objects)["todo-backend"]["metadata"]["annotations"]
    assert annotations["prometheus.io/scrape"] == "false"


def test_an_external_database_is_used_as_given_and_no_postgres_is_deployed(render: Render) -> None:
    objects = render(DATABASE_ELSEWHERE)
    url = environment(objects, main_container(objects, "backend"))["TODO_DATABASE_URL"]
    assert url == "postgresql+psycopg://todo@db.example.com:6432/todo"
    assert "todo-postgres" not in {name(item) for item in objects}
    assert "wait-for-postgres" not in images(objects)


def test_the_mcp_server_answers_to_each_name_of_its_service(render: Render) -> None:
    objects = render({"mcpServer": {"allowedHosts": ["mcp.example.com"]}}, namespace="elsewhere")
    hosts = environment(objects, main_container(objects, "mcp-server"))["TODO_MCP_ALLOWED_HOSTS"].split(",")
    assert hosts == [
        "mcp-service",
        "mcp-service.elsewhere",
        "mcp-service.elsewhere.svc",
        "mcp-service.elsewhere.svc.cluster.local",
        "localhost",
        "127.0.0.1",
        "mcp.example.com",
    ]


def test_unset_model_options_are_left_to_the_backend(default: list[Object]) -> None:
    found = environment(default, main_container(default, "backend"))
    assert not {"OPENAI_BASE_URL", "OPENAI_MODEL"} & found.keys()


def chart_version() -> str:
    return str(yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"])


def test_images_are_what_the_project_builds_in_the_chart_s_version(default: list[Object]) -> None:
    version = chart_version()
    assert images(default) == {
        "backend": f"todo-backend:{version}",
        "migrate": f"todo-backend:{version}",
        "check": f"todo-backend:{version}",
        "mcp-server": f"todo-mcp-server:{version}",
        "frontend": f"todo-frontend:{version}",
        "postgres": "postgres:17",
        "wait-for-postgres": "postgres:17",
    }


def test_a_digest_wins_over_the_tag(render: Render) -> None:
    objects = render({"backend": {"image": {"tag": "9", "digest": DIGEST}}})
    assert images(objects)["backend"] == f"todo-backend@{DIGEST}"


def test_an_image_s_own_registry_wins_over_the_global_one(render: Render) -> None:
    objects = render(
        {"global": {"imageRegistry": "all.example/"}, "frontend": {"image": {"registry": "own.example:5000"}}}
    )
    assert images(objects)["frontend"] == f"own.example:5000/todo-frontend:{chart_version()}"
    assert images(objects)["postgres"] == "all.example/postgres:17"


def test_the_chart_s_version_is_the_application_s() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["version"] == chart["appVersion"]


def test_two_releases_share_a_namespace_once_their_services_are_named(render: Render) -> None:
    services = {
        key: {"service": {"name": f"{key.lower()}-two"} | ({"nodePort": ""} if key == "frontend" else {})}
        for key in (*COMPONENTS, "postgres")
    }
    first, second = render(), render(services, release="two")
    assert not {(i["kind"], name(i)) for i in first} & {(i["kind"], name(i)) for i in second}
    for item in of_kind(first, "Service"):
        selector = item["spec"]["selector"].items()
        assert not any(selector <= pod["metadata"]["labels"].items() for pod in pod_templates(second).values())


def test_the_longest_release_names_stay_apart_and_short_enough(render: Render) -> None:
    both = [render(release=52 * "a" + last) for last in "bc"]
    names = [{name(item) for item in of_kind(objects, *WORKLOADS)} for objects in both]
    assert not names[0] & names[1]
    # A StatefulSet's name and an 11-character hash share a label, which Kubernetes limits to 63.
    assert all(len(each) <= 52 for found in names for each in found)


def test_release_names_with_dots_stay_apart_and_make_names_of_services(render: Render) -> None:
    both = [{name(item) for item in render(release=release)} for release in ("pr.12", "pr-12")]
    assert both[0] & both[1] == {"backend-service", "mcp-service", "frontend-service", "postgres-service"}
    assert not any("." in each for each in both[0])


@pytest.mark.parametrize(
    ("limit", "heap"),
    [
        ("256Mi", "192"),
        ("1Gi", "768"),
        ("1.5Gi", "1152"),
        ("0.5Gi", "384"),
        ("300.5Mi", "225"),
        ("0.5Mi", None),
        ("1G", None),
        ("536870912", None),
    ],
)
def test_node_s_heap_leaves_a_quarter_of_the_memory_limit(render: Render, limit: str, heap: str | None) -> None:
    resources = {"requests": {"memory": "0"}, "limits": {"memory": limit}}
    objects = render({"frontend": {"resources": resources}})
    found = environment(objects, main_container(objects, "frontend"))
    assert found.get("NODE_OPTIONS") == (heap and f"--max-old-space-size={heap}")


def test_ingress_leads_to_the_frontend_without_naming_a_controller(render: Render) -> None:
    (ingress,) = of_kind(render({"ingress": {"enabled": True}}), "Ingress")
    (rule,) = ingress["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert path["backend"] == {"service": {"name": "frontend-service", "port": {"name": "http"}}}
    assert "ingressClassName" not in ingress["spec"] and "annotations" not in ingress["metadata"]
