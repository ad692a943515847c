"""Every pod, field by field: the restricted Pod Security Standard, probes, resources, orderly ends."""

from __future__ import annotations

import re

import pytest

from tests.chart.conftest import BY_EACH_HELM, Render
from tests.chart.helm import Object
from tests.chart.manifests import WORKLOADS, component, containers, name, of_kind, one, pod_templates
from tests.chart.values import COMPONENTS

ALLOWED_VOLUMES = {
    "configMap",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
SERVERS = set(COMPONENTS.values())


def workload_pods(objects: list[Object]) -> list[Object]:
    return [item["spec"]["template"] for item in of_kind(objects, *WORKLOADS)]


def test_no_pod_runs_as_root_or_as_a_user_that_a_node_might_have(objects: list[Object]) -> None:
    for pod in pod_templates(objects).values():
        context = pod["spec"]["securityContext"]
        assert context["runAsNonRoot"] is True
        assert min(context["runAsUser"], context["runAsGroup"], context["fsGroup"]) > 10000
        assert not any("runAsUser" in each["securityContext"] for each in containers(pod))


def test_every_pod_is_under_the_runtime_s_seccomp_profile(objects: list[Object]) -> None:
    for pod in pod_templates(objects).values():
        assert pod["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not any("seccompProfile" in each["securityContext"] for each in containers(pod))


def test_no_container_can_gain_privileges(objects: list[Object]) -> None:
    for pod in pod_templates(objects).values():
        for each in containers(pod):
            context = each["securityContext"]
            assert context["allowPrivilegeEscalation"] is False
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert not {"privileged", "procMount"} & context.keys()


def test_no_pod_shares_anything_with_its_node(objects: list[Object]) -> None:
    for pod in pod_templates(objects).values():
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod["spec"].keys()
        for each in containers(pod):
            assert not any("hostPort" in port for port in each.get("ports", []))
            assert not any("host" in each[probe].get("httpGet", {}) for probe in PROBES if probe in each)
        for volume in pod["spec"]["volumes"]:
            assert volume.keys() - {"name"} <= ALLOWED_VOLUMES


def test_production_containers_cannot_write_to_their_image(default: list[Object]) -> None:
    for pod in pod_templates(default).values():
        for each in containers(pod):
            assert each["securityContext"]["readOnlyRootFilesystem"] is True
            assert "/tmp" in {mount["mountPath"] for mount in each["volumeMounts"]}


def test_development_may_write_where_code_is_replaced_and_nowhere_else(development: list[Object]) -> None:
    writable = {
        each["name"]
        for pod in pod_templates(development).values()
        for each in containers(pod)
        if not each["securityContext"]["readOnlyRootFilesystem"]
    }
    assert writable == {*SERVERS, "migrate", "check"}


def test_no_pod_holds_a_token_for_the_cluster(objects: list[Object]) -> None:
    accounts = {name(item): item for item in of_kind(objects, "ServiceAccount")}
    pods = pod_templates(objects).values()
    assert accounts.keys() == {pod["spec"]["serviceAccountName"] for pod in pods}
    assert all(item["automountServiceAccountToken"] is False for item in accounts.values())
    assert all(pod["spec"]["automountServiceAccountToken"] is False for pod in pods)
    assert not of_kind(objects, "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")


def test_no_pod_gets_the_variables_kubernetes_makes_of_services(objects: list[Object]) -> None:
    assert all(pod["spec"]["enableServiceLinks"] is False for pod in pod_templates(objects).values())


def test_every_container_asks_for_and_is_held_to_cpu_memory_and_disk(objects: list[Object]) -> None:
    for pod in pod_templates(objects).values():
        for each in containers(pod):
            assert set(each["resources"]) == {"requests", "limits"}
            for amounts in each["resources"].values():
                assert set(amounts) == {"cpu", "memory", "ephemeral-storage"}


@BY_EACH_HELM
@pytest.mark.parametrize("key", [*COMPONENTS, "postgres"])
def test_a_container_may_use_the_processors_that_its_node_has_left(render: Render, key: str) -> None:
    objects = render({key: {"resources": {"limits": {"cpu": None}}}})
    workload = "StatefulSet" if key == "postgres" else "Deployment"
    named = f"todo-{COMPONENTS.get(key, key)}"
    (container,) = one(objects, workload, named)["spec"]["template"]["spec"]["containers"]
    assert set(container["resources"]["limits"]) == {"memory", "ephemeral-storage"}
    assert set(container["resources"]["requests"]) == {"cpu", "memory", "ephemeral-storage"}


def test_every_scratch_volume_has_a_limit(objects: list[Object]) -> None:
    for pod in pod_templates(objects).values():
        for volume in pod["spec"]["volumes"]:
            assert "emptyDir" not in volume or volume["emptyDir"]["sizeLimit"]


def test_every_mount_has_its_volume_and_every_volume_its_mount(objects: list[Object]) -> None:
    for pod in pod_templates(objects).values():
        mounted = {mount["name"] for each in containers(pod) for mount in each["volumeMounts"]}
        claimed = {"data"} if component(pod) == "postgres" else set()
        assert mounted == {volume["name"] for volume in pod["spec"]["volumes"]} | claimed


def test_every_long_running_container_has_the_three_probes(objects: list[Object]) -> None:
    for pod in workload_pods(objects):
        for each in pod["spec"]["containers"]:
            assert all(probe in each for probe in PROBES)


def action(probe: Object) -> Object:
    """What the probe does, without its times."""
    return {key: probe[key] for key in ("httpGet", "tcpSocket", "exec") if key in probe}


def test_what_makes_a_container_unready_does_not_restart_it(objects: list[Object]) -> None:
    for pod in workload_pods(objects):
        (each,) = pod["spec"]["containers"]
        assert action(each["livenessProbe"]) != action(each["readinessProbe"])
        if component(pod) in SERVERS:
            assert each["livenessProbe"]["httpGet"]["path"] == "/health"
            assert each["readinessProbe"]["httpGet"]["path"] == "/ready"


def seconds_until_restart(objects: list[Object]) -> dict[str, int]:
    """By component: how long its server may fail its liveness probe."""
    probes = {
        component(pod): pod["spec"]["containers"][0]["livenessProbe"]
        for pod in workload_pods(objects)
        if component(pod) in SERVERS
    }
    return {key: probe["periodSeconds"] * probe["failureThreshold"] for key, probe in probes.items()}


def test_a_server_that_hangs_is_restarted_within_half_a_minute(default: list[Object]) -> None:
    assert seconds_until_restart(default) == dict.fromkeys(SERVERS, 30)


def test_in_development_an_edit_that_breaks_a_server_leaves_time_to_fix_it(development: list[Object]) -> None:
    assert seconds_until_restart(development) == dict.fromkeys(SERVERS, 600)


def test_a_rollout_never_has_fewer_ready_pods_than_asked_for(objects: list[Object]) -> None:
    for item in of_kind(objects, "Deployment"):
        assert item["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}


def test_a_server_keeps_serving_while_endpoints_forget_it_and_then_has_time_to_drain(
    objects: list[Object],
) -> None:
    for pod in (pod for pod in workload_pods(objects) if component(pod) in SERVERS):
        (each,) = pod["spec"]["containers"]
        sleep = each["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert sleep == 5
        assert pod["spec"]["terminationGracePeriodSeconds"] > sleep + 30


def test_replicas_are_left_to_an_autoscaler_that_is_on(render: Render) -> None:
    for key, label in COMPONENTS.items():
        objects, named = render({key: {"replicaCount": 7, "autoscaling": {"enabled": True}}}), f"todo-{label}"
        assert "replicas" not in one(objects, "Deployment", named)["spec"]
        assert one(objects, "HorizontalPodAutoscaler", named)["spec"]["scaleTargetRef"]["name"] == named


@pytest.mark.parametrize(
    ("replicas", "autoscaled_from", "budgeted"),
    [(0, None, False), (1, None, False), (2, None, True), (1, 1, False), (1, 2, True), (3, 1, False)],
)
def test_a_disruption_budget_exists_only_where_a_pod_can_be_spared(
    render: Render, replicas: int, autoscaled_from: int | None, budgeted: bool
) -> None:
    scaling = {"enabled": autoscaled_from is not None, "minReplicas": autoscaled_from or 1}
    objects = render({"backend": {"replicaCount": replicas, "autoscaling": scaling}})
    budgets = of_kind(objects, "PodDisruptionBudget")
    assert [name(item) for item in budgets] == ["todo-backend"] * budgeted
    assert all(item["spec"]["maxUnavailable"] == 1 for item in budgets)


def test_changed_configuration_restarts_its_own_pods_and_no_others(render: Render) -> None:
    before, after = (
        {item["metadata"]["name"]: item["spec"]["template"] for item in of_kind(objects, *WORKLOADS)}
        for objects in (render(), render({"mcpServer": {"allowedHosts": ["new.example.com"]}}))
    )
    assert [key for key in before if before[key] != after[key]] == ["todo-mcp-server"]


@BY_EACH_HELM
def test_a_platform_may_choose_the_user(render: Render) -> None:
    objects = render({"backend": {"securityContext": {"runAsUser": None, "runAsGroup": None, "fsGroup": None}}})
    context = one(objects, "Deployment", "todo-backend")["spec"]["template"]["spec"]["securityContext"]
    assert context["runAsNonRoot"] is True
    assert not {"runAsUser", "runAsGroup", "fsGroup"} & context.keys()


def mebibytes(quantity: str) -> float:
    match = re.fullmatch(r"(\d+)(Mi|Gi)", quantity)
    assert match, quantity
    return int(match[1]) * {"Mi": 1, "Gi": 1024}[match[2]]


def test_the_stack_asks_for_little_of_a_small_cluster(default: list[Object]) -> None:
    requests = [each["resources"]["requests"] for pod in workload_pods(default) for each in pod["spec"]["containers"]]
    assert sum(int(str(each["cpu"]).removesuffix("m")) for each in requests) <= 500
    assert sum(mebibytes(each["memory"]) for each in requests) <= 1024
