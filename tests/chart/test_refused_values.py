"""Values that Helm and the chart refuse, with the key and the way out, before anything is applied."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.chart.conftest import BY_EACH_HELM
from tests.chart.helm import Helm, HelmError
from tests.chart.manifests import one
from tests.chart.scenarios import DATABASE_ELSEWHERE, EVERYTHING
from tests.chart.values import COMPONENTS, VALUES, merged, nested


@BY_EACH_HELM
def test_a_section_set_to_null_is_named_and_not_a_template_error(helm: Helm) -> None:
    for section in VALUES:
        with pytest.raises(HelmError, match=f"(?s)schema.*{section}"):
            helm.render({section: None})


@BY_EACH_HELM
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("backend.replicaCount", "two"),
        ("backend.replicas", 2),
        ("backend.image.tag", "latest"),
        ("frontend.service.nodePort", 8080),
        ("backend.securityContext.runAsUser", 0),
        ("mcpServer.allowedHosts", ["two,hosts"]),
        ("mcpServer.allowedHosts", ["*"]),
        ("mcpServer.allowedHosts", ["mcp.example.com", "*.example.com"]),
        ("postgres.storage.size", "much"),
        ("postgres.backup.schedule", "daily"),
        ("backend.replicaCount", 3_000_000_000),
        ("backend.securityContext.runAsUser", 5_000_000_000),
        ("frontend.autoscaling.maxReplicas", 3_000_000_000),
        ("ingress.host", "a..b"),
        ("ingress.host", "todo.example.com."),
        ("backend.priorityClassName", "a..b"),
        ("postgres.storage.className", "a.-b"),
        ("backend.nodeSelector.disk", "two words"),
        ("backend.nodeSelector.disk", 64 * "x"),
        ("networkPolicy.dnsPeers", [{"ipBlock": {"cidr": "10.96.0.10"}}]),
        ("metrics.scrapers", [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0"]}}]),
        ("backend.tolerations", [{"key": "spot", "operator": "Exists", "value": "yes"}]),
        ("backend.tolerations", [{"key": "spot", "value": "yes", "effect": "NoSchedule", "tolerationSeconds": 60}]),
        ("backend.tolerations", [{"key": "spot", "value": "yes", "tolerationSeconds": 60}]),
    ],
)
def test_helm_itself_refuses_what_the_schema_forbids(helm: Helm, path: str, value: Any) -> None:
    with pytest.raises(HelmError, match=f"(?s)schema.*{re.escape(path.rpartition('.')[2].split('[')[0])}"):
        helm.render(nested(path, value))


@BY_EACH_HELM
@pytest.mark.parametrize("key", COMPONENTS)
def test_a_name_that_no_variable_can_have_is_refused_where_it_is(helm: Helm, key: str) -> None:
    with pytest.raises(HelmError, match=r"schema(?s:.)*additional properties 'MY-VAR'") as refused:
        helm.render({key: {"extraEnv": {"MY-VAR": "x"}}})
    assert re.findall("at '(.+?)'", str(refused.value)) == [f"/{key}/extraEnv"]


@BY_EACH_HELM
@pytest.mark.parametrize(
    ("path", "amount", "message"),
    [
        ("backend.resources.limits.memory", "128Mi", r"the request of memory \(160Mi\) is above the limit \(128Mi\)"),
        ("mcpServer.resources.requests.cpu", "2001m", r"the request of cpu \(2001m\) is above the limit \(2\)"),
        (
            "frontend.resources.requests.ephemeral-storage",
            "1T",
            r"ephemeral-storage \(1T\) is above the limit \(256Mi\)",
        ),
        ("postgres.resources.limits.memory", "128M", r"memory \(128Mi\) is above the limit \(128M\)"),
        ("postgres.backup.resources.limits.cpu", "0.02", r"cpu \(25m\) is above the limit \(0.02\)"),
    ],
)
def test_a_request_above_its_limit_is_refused_as_no_cluster_takes_it(
    helm: Helm, path: str, amount: str, message: str
) -> None:
    resources = re.escape(path.rpartition("resources")[0] + "resources")
    with pytest.raises(HelmError, match=f"{resources}: .*{message}; raise the limit, or lower the request"):
        helm.render(merged({"postgres": {"backup": {"enabled": True}}}, nested(path, amount)))


@BY_EACH_HELM
@pytest.mark.parametrize(
    ("schedule", "what"),
    [
        ("61 2 * * *", "61 is no minute"),
        ("30 24 * * *", "24 is no hour"),
        ("30 2 0 * *", "0 is no day of the month"),
        ("30 2 * 13 *", "13 is no month"),
        ("30 2 * * MON-FRY", "MON-FRY is no day of the week"),
        ("*/0 2 * * 7", r"\*/0 is no minute"),
    ],
)
def test_a_schedule_that_cron_does_not_read_is_refused_with_the_part_that_is_wrong(
    helm: Helm, schedule: str, what: str
) -> None:
    with pytest.raises(HelmError, match=f"postgres.backup.schedule: {what}"):
        helm.render({"postgres": {"backup": {"enabled": True, "schedule": schedule}}})


@pytest.mark.parametrize("schedule", ["@daily", "*/5 1-3,22 ? JAN-jun mon,TUE", "00 09 01-31/2 12 0-6", "5/15 * * * *"])
def test_a_schedule_as_cron_reads_it_is_taken(helm: Helm, schedule: str) -> None:
    objects = helm.render({"postgres": {"backup": {"enabled": True, "schedule": schedule}}})
    assert one(objects, "CronJob", "todo-backup")["spec"]["schedule"] == schedule


@pytest.mark.parametrize(
    ("request_", "limit"),
    [("128Mi", "134217728"), ("1.5Gi", "1536Mi"), ("1k", "1Ki"), ("0.001T", "1G"), ("500m", "0.5"), ("1Ti", "1100G")],
)
def test_a_request_may_be_its_limit_in_another_unit(helm: Helm, request_: str, limit: str) -> None:
    for resource in ("cpu", "memory"):
        resources = {"requests": {resource: request_}, "limits": {resource: limit}}
        helm.render({"backend": {"resources": resources}})


def test_requests_of_what_is_off_or_without_a_limit_are_not_compared(helm: Helm) -> None:
    too_much = {"requests": {"memory": "9Gi"}}
    helm.render({"postgres": {"backup": {"resources": too_much}}})
    helm.render(merged(DATABASE_ELSEWHERE, {"postgres": {"resources": too_much}}))
    helm.render({"backend": {"resources": {"requests": {"cpu": "9"}, "limits": {"cpu": None}}}})


@BY_EACH_HELM
@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"backend": {"database": {"url": "postgresql://todo@db/todo"}}},
            "backend.database.url is set although postgres.enabled is true; set",
        ),
        ({"postgres": {"enabled": False}}, "backend.database.url is empty; set one of them"),
        (
            merged(DATABASE_ELSEWHERE, {"postgres": {"backup": {"enabled": True}}}),
            "postgres.backup.enabled is true although postgres.enabled is false; set postgres.backup.enabled=false",
        ),
        (
            {"backend": {"autoscaling": {"enabled": True, "minReplicas": 9}}},
            r"backend.autoscaling.minReplicas \(9\) is above maxReplicas \(4\); raise maxReplicas",
        ),
        (
            {"backend": {"service": {"type": "NodePort", "nodePort": 30300}}},
            "are both 30300; choose different ports",
        ),
        (
            {"backend": {"service": {"name": "mcp-service"}}},
            "are both .*mcp-service.*; give each Service its own",
        ),
        (
            {"postgres": {"service": {"name": "todo-postgres"}}},
            'postgres.service.name is "todo-postgres", the name of the Service .*; choose another',
        ),
        (
            {
                "postgres": {"enabled": False},
                "backend": {"database": {"url": "postgresql://todo@db/todo?sslmode=require&PassWord=x"}},
            },
            "backend.database.url contains a password.*; put it under postgres-password in a Secret",
        ),
        *(
            (
                {
                    "postgres": {"enabled": False},
                    "backend": {"database": {"url": f"postgresql://todo@db/todo?sslmode=require&{query}"}},
                },
                'backend.database.url has host= or port= after the "/", .*; write hosts and ports before the "/"',
            )
            for query in ("host=db2", "port=6432", "Port=6432&connect_timeout=5")
        ),
        (
            {"backend": {"extraEnv": {"todo_log_level": "DEBUG"}}},
            "backend.extraEnv.todo_log_level would override a setting of the chart; set backend.logLevel",
        ),
        (
            {"backend": {"rateLimits": {"clientAddress": "frontend"}}},
            "the frontend does not see the addresses of clients; set frontend.service.externalTrafficPolicy=Local",
        ),
        (
            {"backend": {"rateLimits": {"clientAddress": "ingress"}}, "ingress": {"enabled": True}},
            "a client can claim any address; set ingress.enabled=true and frontend.service.type=ClusterIP",
        ),
        (
            {
                "backend": {"rateLimits": {"clientAddress": "ingress"}, "service": {"type": "NodePort"}},
                "frontend": {"service": {"type": "ClusterIP"}},
                "ingress": {"enabled": True},
            },
            "another way to the backend, on which a client can claim any address; set backend.service.type=ClusterIP",
        ),
        (
            {
                "backend": {"rateLimits": {"clientAddress": "frontend"}},
                "frontend": {"service": {"externalTrafficPolicy": "Local"}},
                "ingress": {"enabled": True},
            },
            "sees the address of the ingress only; set clientAddress=ingress",
        ),
    ],
)
def test_values_that_contradict_each_other_are_refused_with_a_way_out(
    helm: Helm, values: dict[str, Any], message: str
) -> None:
    with pytest.raises(HelmError, match=message):
        helm.render(values)


@pytest.mark.parametrize("key", COMPONENTS)
@pytest.mark.parametrize("variable", ["TODO_DATABASE_PASSWORD", "PGPASSWORD", "TODO_JWT_KEYS", "OPENAI_API_KEY"])
def test_a_secret_is_kept_out_of_the_environment_in_any_spelling(helm: Helm, key: str, variable: str) -> None:
    for spelling in (variable, variable.lower()):
        message = f"{key}.extraEnv.{spelling} would put a secret into a ConfigMap; use backend"
        with pytest.raises(HelmError, match=message):
            helm.render({key: {"extraEnv": {spelling: "x"}}})


@pytest.mark.parametrize(("key", "named"), COMPONENTS.items())
def test_variables_that_the_chart_sets_cannot_be_overridden(helm: Helm, key: str, named: str) -> None:
    assert "extraEnv" in EVERYTHING.get(key, {}), f"set a variable for {key} in scenarios.py"
    config = one(helm.render(EVERYTHING), "ConfigMap", f"todo-{named}")["data"]
    ours = config.keys() - EVERYTHING[key]["extraEnv"].keys() - {"NODE_OPTIONS"}
    assert "PORT" in ours
    # Traces may go to telemetry.otlpEndpoint only, and the grace period has room for the usual two seconds.
    for variable in ours | {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "TODO_UNREADY_SECONDS"}:
        for spelling in (variable, variable.lower()):
            with pytest.raises(HelmError, match=f"{key}.extraEnv.{spelling} would override a setting of the chart"):
                helm.render({key: {"extraEnv": {spelling: "x"}}})
