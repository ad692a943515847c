"""How Kubernetes objects become resources: as in Tilt, in any namespace, and in time that grows with their number."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.tiltfile.model import PortForward, Run, Sync
from tests.unit.fakes import FakeRunner
from tests.unit.tiltfile.tiltfiles import error, load, names, workload, write


def thing(kind: str, name: str, namespace: str = "", version: str = "v1", spec: str = "{}") -> str:
    space = f", namespace: {namespace}" if namespace else ""
    return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}{space}}}\nspec: {spec}\n"


def deployment(name: str, namespace: str = "", image: str = "nginx", kind: str = "Deployment") -> str:
    pod = f"{{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: main, image: '{image}'}}]}}}}"
    return thing(kind, name, namespace, "apps/v1", f"{{template: {pod}}}")


def service(name: str, app: str, namespace: str = "") -> str:
    return thing("Service", name, namespace, spec=f"{{selector: {{app: {app}}}}}")


def k8s(*objects: str) -> str:
    return "".join(f"k8s_yaml({item!r})\n" for item in objects)


FOREIGN = """
docker_build('registry.example/shop/api', 'services/api', live_update=[
    sync('services/api/lib', '/srv/lib'),
    run('kill -HUP 1'),
])
k8s_yaml(['deploy/api.yaml', 'deploy/worker.yaml'])
k8s_resource('api', port_forwards=['9000:80'], objects=['shop:namespace', 'api-config:configmap'])
k8s_resource('worker', resource_deps=['api'])
"""


def test_a_stack_that_is_not_ours_is_understood(tmp_path: Path) -> None:
    """Another namespace, none at all, other image names, and nothing that knows /health."""
    write(
        tmp_path,
        {
            "services/api/Dockerfile": "FROM scratch\n",
            "deploy/api.yaml": "---\n".join(
                [
                    thing("Namespace", "shop"),
                    thing("ConfigMap", "api-config", "shop"),
                    deployment("api", "shop", "registry.example/shop/api:dev"),
                    service("api", "api", "shop"),
                ]
            ),
            "deploy/worker.yaml": deployment("worker", image="registry.example/shop/worker")
            + "---\n"
            + service("worker", "worker", "default"),
        },
    )
    env = load(tmp_path, FOREIGN)
    api, worker = workload(env, "api"), workload(env, "worker")
    assert [resource.name for resource in env.resources] == ["api", "worker"]
    assert names(api) == ["Deployment/api", "Service/api", "Namespace/shop", "ConfigMap/api-config"]
    assert names(worker) == ["Deployment/worker", "Service/worker"]
    assert (api.images, worker.images) == (("registry.example/shop/api",), ())
    assert [item["metadata"].get("namespace") for item in worker.objects] == [None, "default"]
    assert (api.port_forwards, worker.resource_deps) == ((PortForward(9000, 80),), ("api",))
    rules = env.images["registry.example/shop/api"].rules
    assert (rules.syncs, rules.runs) == (
        (Sync(tmp_path / "services/api/lib", "/srv/lib"),),
        (Run(("sh", "-c", "kill -HUP 1")),),
    )


def test_a_service_belongs_to_the_workload_of_its_own_namespace(tmp_path: Path) -> None:
    env = load(tmp_path, k8s(deployment("web", "a"), deployment("web", "b"), service("front", "web", "b")))
    assert names(workload(env, "web:deployment:a")) == ["Deployment/web"]
    assert names(workload(env, "web:deployment:b")) == ["Deployment/web", "Service/front"]


def test_workloads_of_one_name_get_the_shortest_names_that_differ(tmp_path: Path) -> None:
    objects = [deployment("web"), deployment("web", kind="StatefulSet"), deployment("web", "b"), deployment("db")]
    env = load(tmp_path, k8s(*objects))
    assert [resource.name for resource in env.resources] == [
        "web:deployment:default",
        "web:statefulset",
        "web:deployment:b",
        "db",
    ]


def test_what_a_second_k8s_resource_leaves_out_stays_as_it_was(tmp_path: Path) -> None:
    text = k8s(deployment("web")) + (
        "k8s_resource('web', new_name='shop', trigger_mode=TRIGGER_MODE_MANUAL, auto_init=False, labels=['a'])\n"
        "k8s_resource('shop', labels=['b'])\n"
    )
    shop = workload(load(tmp_path, text), "shop")
    assert (shop.manual, shop.auto_init, shop.labels) == (True, False, ("a", "b"))


@pytest.mark.parametrize("helm", [False, True])
def test_an_object_that_is_given_twice_is_one_sentence_with_both_places(tmp_path: Path, helm: bool) -> None:
    write(tmp_path, {"a.yaml": thing("ConfigMap", "x") + "---\n" + thing("ConfigMap", "z", "shop"), "c/Chart.yaml": ""})
    rendered = f"---\n# Source: c/templates/z.yaml\n{thing('ConfigMap', 'z', 'shop')}"
    (tmp_path / "Tiltfile").write_text("")
    if helm:
        runner = FakeRunner({"helm template": (0, rendered, "")})
        with pytest.raises(Exception, match="given twice") as raised:
            load(tmp_path, "k8s_yaml('a.yaml')\n\nk8s_yaml(helm('c'))\n", runner=runner)
        found = str(raised.value).replace(str(tmp_path), "")
        second = "c/templates/z.yaml"
    else:
        found = error(tmp_path, f"k8s_yaml('a.yaml')\n\nk8s_yaml({thing('ConfigMap', 'z', 'shop')!r})\n")
        second = "/Tiltfile:3, YAML line 1"
    assert found == (
        "/Tiltfile:3: k8s_yaml: ConfigMap z in namespace shop is given twice, in /a.yaml:6 and in "
        f"{second}; remove one of them"
    )


def test_one_name_in_two_namespaces_or_of_two_groups_is_no_duplicate(tmp_path: Path) -> None:
    ingress = [thing("Ingress", "x", version=version) for version in ("networking.k8s.io/v1", "example.com/v1")]
    env = load(tmp_path, k8s(thing("ConfigMap", "x"), thing("ConfigMap", "x", "b"), *ingress))
    assert len(workload(env, "uncategorized").objects) == 4
    again = thing("ConfigMap", "x", "default")
    assert "is given twice" in error(tmp_path, k8s(thing("ConfigMap", "x"), again))


def test_mistakes_found_after_the_evaluation_keep_their_place(tmp_path: Path) -> None:
    base = k8s(deployment("web"), thing("ConfigMap", "x"), thing("ConfigMap", "x", "b"))
    for line, message in {
        "k8s_resource('nothing')": "/Tiltfile:4: k8s_resource: there is no workload 'nothing'; workloads are web",
        "k8s_resource('web', objects=['x'])": "/Tiltfile:4: k8s_resource: 'x' fits more than one object; choose from "
        "x:configmap:default, x:configmap:b",
        "k8s_resource('web', objects=['y'])": "/Tiltfile:4: k8s_resource: 'y' fits no object that is free; choose from",
        "sync('a', '/b')": "/Tiltfile:4: sync: this step is in no docker_build's live_update; add it to one or remove",
        "local_resource('web', 'x')": "/Tiltfile:4: two resources are named 'web'; rename one of them",
        "local_resource('a', 'x', resource_deps=['b'])": "/Tiltfile:4: 'a' depends on 'b', which is no resource",
        "local_resource('a', 'x', resource_deps=['a'])": "/Tiltfile:4: resource_deps form a cycle: a → a; remove",
        "k8s_resource('web', resource_deps=['a'])\nlocal_resource('a', 'x', resource_deps=['web'])": "Tiltfile:4: "
        "resource_deps form a cycle: web → a → web; remove one of these dependencies",
        "k8s_resource(new_name='web', objects=['x:configmap:b'])": "/Tiltfile:4: k8s_resource: two resources are named",
    }.items():
        assert message in error(tmp_path, base + line + "\n")


def test_objects_are_named_by_kind_namespace_and_group_in_any_case(tmp_path: Path) -> None:
    objects = [thing("ConfigMap", "x"), thing("ConfigMap", "x", "b"), thing("Ingress", "x", version="example.com/v1")]
    taken = ["x:configmap:B", "X:ConfigMap:default:core", "x:ingress:default:example.com"]
    env = load(tmp_path, k8s(*objects) + f"k8s_resource(new_name='all', objects={taken!r})\n")
    assert names(workload(env, "all")) == ["ConfigMap/x", "ConfigMap/x", "Ingress/x"]


def test_a_workload_called_uncategorized_is_no_crash(tmp_path: Path) -> None:
    found = error(tmp_path, k8s(deployment("uncategorized"), thing("ConfigMap", "x")))
    assert "two resources are named 'uncategorized'; rename one of them" in found
