"""Images for a cluster: built once, delivered by the route, and the command that installs from there."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
import yaml

from scripts import images
from scripts.bases import base_images
from scripts.bases.base_images import BaseImages
from scripts.cluster.embedded.provider import Embedded
from scripts.cluster.provider import Provider
from scripts.commands import images as images_command
from scripts.commands import up
from scripts.core import versions
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.docker import prepare
from scripts.docker.build import BUILDER
from scripts.docker.delivery import deliver, id_in_registry, push
from scripts.docker.engine import Engine
from scripts.docker.registry import problem
from scripts.docker.route import ImageRoute
from scripts.services import SERVICES
from tests.unit.cluster.cluster_home import Api, own_home, serve_api, write_kubeconfig
from tests.unit.docker_api import DockerApi, Stored, id_of
from tests.unit.fakes import FakeRunner

OFFICIAL = BaseImages({"python": "python:3.13-slim", "node": "node:24-slim", "postgres": "postgres:17"})
DATABASE_STAND_IN = "todo-base/postgres:17"
VERSION = images.version()
BACKEND = f"todo-backend:{VERSION}"
OUR_NAMES = tuple(f"{service.image}:{VERSION}" for service in SERVICES)
KEYS = tuple(service.values for service in SERVICES)
HELM = "helm upgrade --install todo charts/todo-stack -n todo-stack --create-namespace --reset-then-reuse-values"
ID_ON_NODE = "crictl inspecti --output go-template --template {{.status.id}} postgres:17"
STAND_INS = BaseImages({**OFFICIAL.names, "postgres": "todo-base/postgres:17"})


def tags_of(names: list[str]) -> str:
    """The options that name the three services' images by their tags, and take back what would win over these."""
    tags = (name.rpartition(":")[2] for name in names)
    others = "{0}.image.digest=,{0}.image.registry="
    return " ".join(f"--set {key}.image.tag={tag},{others.format(key)}" for key, tag in zip(KEYS, tags, strict=True))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_home(tmp_path, monkeypatch)


@pytest.fixture
def registry() -> Iterator[Api]:
    with serve_api() as served:
        yield served


def quiet() -> Steps:
    return Steps(io.StringIO())


@pytest.fixture
def docker_api(docker_api: DockerApi) -> DockerApi:
    docker_api.add(*OUR_NAMES, DATABASE_STAND_IN)
    return docker_api


def test_a_registry_that_stands_for_docker_hub_gets_images_below_library(registry: Api, docker_api: DockerApi) -> None:
    host = f"127.0.0.1:{registry.port}"
    deliver(FakeRunner(), Engine(), ImageRoute("registry", host, host), BACKEND, BACKEND, quiet())
    target = f"{host}/library/{BACKEND}"
    assert docker_api.did == [f"tag {BACKEND} {target}", f"push {target}"]
    assert registry.requests == [f"GET /v2/library/todo-backend/manifests/{VERSION}"]


def test_a_proxy_is_not_asked_for_a_registry_on_this_machine(registry: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert problem(f"localhost:{registry.port}") == ""
    registry.answers["/v2/x/manifests/1"] = {"config": {"digest": id_of(DATABASE_STAND_IN)}}
    assert id_in_registry(f"localhost:{registry.port}/x:1") == id_of(DATABASE_STAND_IN)


def test_what_the_registry_has_is_not_sent_again(registry: Api, docker_api: DockerApi) -> None:
    route = ImageRoute("registry", f"127.0.0.1:{registry.port}", "localhost:5000", by_host_only=True)
    registry.answers["/v2/postgres/manifests/17"] = {"config": {"digest": id_of(DATABASE_STAND_IN)}}
    deliver(FakeRunner(), Engine(), route, DATABASE_STAND_IN, "postgres:17", quiet())
    assert docker_api.did == []
    registry.answers["/v2/postgres/manifests/17"] = {"config": {"digest": "sha256:" + "b" * 64}}
    deliver(FakeRunner(), Engine(), route, DATABASE_STAND_IN, "postgres:17", quiet())
    assert docker_api.did[-1] == f"push 127.0.0.1:{registry.port}/postgres:17"


def test_an_engine_that_the_cluster_runs_needs_a_name_only(docker_api: DockerApi) -> None:
    deliver(FakeRunner(), Engine(), ImageRoute("docker-env"), BACKEND, BACKEND, quiet())
    assert docker_api.did == []
    deliver(FakeRunner(), Engine(), ImageRoute("docker-env"), DATABASE_STAND_IN, "postgres:17", quiet())
    assert docker_api.did == ["tag todo-base/postgres:17 postgres:17"]


def test_an_image_that_the_engine_lacks_is_named(docker_api: DockerApi) -> None:
    with pytest.raises(UserError, match=r"engine that DOCKER_HOST names \(.*\) has no image svc:1; build it again"):
        deliver(FakeRunner(), Engine(), ImageRoute("docker-env"), "svc:1", "svc:1", quiet())


@pytest.mark.parametrize(
    ("route", "node", "load"),
    [
        (ImageRoute("kind-load", cluster="a"), "a-control-plane", "kind load docker-image --name a postgres:17"),
        (ImageRoute("k3d-import", cluster="a"), "k3d-a-server-0", "k3d image import --cluster a postgres:17"),
    ],
)
def test_a_loader_is_used_once_and_leaves_no_official_name_behind(
    docker_api: DockerApi, route: ImageRoute, node: str, load: str
) -> None:
    docker_api.add_container(node, "running")
    docker_api.programs[ID_ON_NODE] = (1, "no such image")
    runner = FakeRunner()
    deliver(runner, Engine(), route, DATABASE_STAND_IN, "postgres:17", quiet())
    assert runner.argvs() == [load]
    assert docker_api.did == ["tag todo-base/postgres:17 postgres:17", "rmi postgres:17"]
    docker_api.programs[ID_ON_NODE] = (0, f"{id_of(DATABASE_STAND_IN)}\n")
    deliver(runner, Engine(), route, DATABASE_STAND_IN, "postgres:17", quiet())
    assert (len(runner.calls), len(docker_api.did)) == (1, 2)


def test_a_load_that_fails_tells_why_and_leaves_no_official_name_behind(docker_api: DockerApi) -> None:
    runner, route = (
        FakeRunner({"kind load": (1, "ERROR: no nodes found for cluster a", "")}),
        ImageRoute("kind-load", cluster="a"),
    )
    with pytest.raises(UserError, match="postgres:17 could not be loaded into cluster a: ERROR: no nodes found"):
        deliver(runner, Engine(), route, DATABASE_STAND_IN, "postgres:17", quiet())
    assert docker_api.did[-1] == "rmi postgres:17"


def test_a_push_that_the_registry_refuses_names_it_and_the_reason(docker_api: DockerApi) -> None:
    docker_api.refused["push registry.example.com/team/a:1"] = "denied: requested access to the resource is denied"
    what = r"could not push registry.example.com/team/a:1: denied: .*\(docker login registry.example.com\)"
    with pytest.raises(UserError, match=what):
        push(Engine(), BACKEND, "registry.example.com/team/a:1", quiet())


def test_builds_and_loaders_run_against_the_engine_of_the_route(docker_api: DockerApi) -> None:
    runner, engine = FakeRunner(), Engine({"DOCKER_HOST": docker_api.host, "DOCKER_TLS_VERIFY": ""})
    images.build(runner, engine, SERVICES[0], OFFICIAL, quiet(), target="final", tag=BACKEND)
    docker_api.add_container("a-control-plane", "running")
    deliver(runner, engine, ImageRoute("kind-load", cluster="a", env=engine.env), BACKEND, "other:1", quiet())
    build, load = runner.calls
    assert {**build.env, "DOCKER_TLS_VERIFY": ""} == {**engine.env, **BUILDER}
    assert load.env == engine.env
    assert f" --target final --tag {BACKEND} " in " ".join(build.argv)


def test_an_official_database_is_left_to_the_cluster_to_pull() -> None:
    runner = FakeRunner()
    base_images.publish_database(runner, Engine(), ImageRoute("kind-load", cluster="a"), OFFICIAL, quiet())
    assert runner.calls == []


def test_the_chart_is_told_only_of_a_database_that_has_another_name() -> None:
    addon = ImageRoute("registry", "127.0.0.1:32769", "localhost:5000", by_host_only=True)
    assert STAND_INS.helm_set(addon) == ["postgres.image.registry=localhost:5000"]
    assert OFFICIAL.helm_set(addon) == []
    assert STAND_INS.helm_set(ImageRoute("registry", "localhost:5005", "localhost:5005")) == []
    assert STAND_INS.helm_set(ImageRoute("docker-env")) == []
    assert STAND_INS.helm_set(None) == []


@pytest.fixture
def docker(docker_api: DockerApi, monkeypatch: pytest.MonkeyPatch) -> FakeRunner:
    """A machine with all base images, whose docker CLI counts as found and working."""
    monkeypatch.setattr(prepare, "docker", lambda *args, env=None, **options: Engine(env))
    monkeypatch.setattr(base_images, "ensure", lambda *args: STAND_INS)
    return FakeRunner()


def test_all_images_are_pushed_to_a_registry_that_is_named(docker: FakeRunner, docker_api: DockerApi) -> None:
    docker_api.add(*(f"registry.example.com/team/{name}" for name in OUR_NAMES))
    command = images_command.push_all(docker, "registry.example.com/team/", quiet())
    built = [re.findall(r"--target final --tag (\S+)", argv) for argv in docker.argvs()]
    assert sorted(built) == sorted([f"registry.example.com/team/{name}"] for name in OUR_NAMES)
    pushed = [words for words in docker_api.did if words.startswith("push")]
    ours = [f"registry.example.com/team/{name}" for name in OUR_NAMES]
    exact = [f"{name}-{id_of(name)[7:19]}" for name in ours]
    both = [f"push {name}" for pair in zip(ours, exact, strict=True) for name in pair]
    assert pushed == [*both, "push registry.example.com/team/postgres:17"]
    assert " ".join(command) == f"{HELM} {tags_of(exact)} --set global.imageRegistry=registry.example.com/team"


@pytest.mark.parametrize("registry", ["https://registry.example.com", "/"])
def test_what_is_no_registry_is_refused_before_anything_is_built(docker: FakeRunner, registry: str) -> None:
    with pytest.raises(UserError, match="is not a registry; give it as"):
        images_command.push_all(docker, registry, quiet())
    assert docker.calls == []


def test_images_for_minikube_are_built_inside_it_under_the_charts_own_names(
    docker: FakeRunner, docker_api: DockerApi, home: Path
) -> None:
    running = {"Host": "Running", "Kubelet": "Running", "APIServer": "Running", "Kubeconfig": "Configured"}
    config = {"Driver": "docker", "Nodes": [{}], "KubernetesConfig": {"ContainerRuntime": "docker"}}
    docker.answers |= {
        "minikube version": (0, "v1.38.1", ""),
        "minikube profile list": (0, json.dumps({"valid": [{"Name": "minikube", "Config": config}]}), ""),
        "minikube status": (0, json.dumps(running), ""),
        "minikube --profile minikube docker-env": (0, json.dumps({"DOCKER_HOST": docker_api.host}), ""),
    }
    command = images_command.deliver_all(docker, "minikube", quiet())
    builds = [call for call in docker.calls if call.argv[:2] == ("docker", "build")]
    tags = {call.argv[call.argv.index("--tag") + 1] for call in builds}
    assert tags == set(OUR_NAMES)
    assert {call.env["DOCKER_HOST"] for call in builds} == {docker_api.host}
    exact = [f"{name}-{id_of(name)[7:19]}" for name in OUR_NAMES]
    tagged = [f"tag {name} {other}" for name, other in zip(OUR_NAMES, exact, strict=True)]
    assert docker_api.did == [*tagged, "tag todo-base/postgres:17 postgres:17"]
    assert " ".join(command) == f"{HELM} --kube-context minikube {tags_of(exact)} --set global.imageRegistry="


def test_the_command_changes_with_the_content_of_an_image_and_only_with_it(
    docker: FakeRunner, docker_api: DockerApi
) -> None:
    docker_api.add(*(f"registry.example.com/{name}" for name in OUR_NAMES))
    first, again = (images_command.push_all(docker, "registry.example.com", quiet()) for _ in range(2))
    docker_api.images[f"registry.example.com/{BACKEND}"] = Stored(id_of("changed"))
    changed = images_command.push_all(docker, "registry.example.com", quiet())
    assert first == again
    assert [word.partition("=")[0] for word, other in zip(first, changed, strict=True) if word != other] == [
        "backend.image.tag"
    ]


def test_images_for_a_registry_of_the_clusters_own_come_with_its_name(
    docker: FakeRunner, docker_api: DockerApi, home: Path, registry: Api
) -> None:
    hosting = {"localRegistryHosting.v1": yaml.safe_dump({"host": f"127.0.0.1:{registry.port}"})}
    path = "/api/v1/namespaces/kube-public/configmaps/local-registry-hosting"
    registry.answers[path] = {"metadata": {}, "data": hosting}
    write_kubeconfig(home / ".kube" / "config", "kind-a", {"kind-a": registry.url})
    command = images_command.deliver_all(docker, "kind-a", quiet())
    pushed = [words.rpartition("/")[2] for words in docker_api.did if words.startswith("push")]
    assert pushed == [*(name for each in OUR_NAMES for name in (each, f"{each}-{id_of(each)[7:19]}")), "postgres:17"]
    assert command[-1] == f"global.imageRegistry=127.0.0.1:{registry.port}"


def test_a_cluster_that_does_not_run_gets_no_images(docker: FakeRunner, home: Path, docker_api: DockerApi) -> None:
    docker_api.add_container("a-control-plane", "exited")
    write_kubeconfig(home / ".kube" / "config", "kind-a", {"kind-a": "http://127.0.0.1:1"})
    with pytest.raises(UserError, match="cluster kind-a is stopped; start it with: ./dev cluster up"):
        images_command.deliver_all(docker, "kind-a", quiet())
    assert docker.calls == []


def test_the_supported_versions_are_those_of_chart_and_tiltfile() -> None:
    chart = yaml.safe_load((ROOT / "charts/todo-stack/Chart.yaml").read_text())
    assert chart["kubeVersion"] == f">={versions.dotted(versions.KUBERNETES.oldest)}.0-0"
    constraint = f"version_settings(constraint='>={versions.dotted(versions.TILT.oldest)}.0')"
    assert constraint in (ROOT / "Tiltfile").read_text()


@pytest.mark.parametrize(
    ("supported", "version", "problem"),
    [
        (versions.HELM, "v3.15.0", ""),
        (versions.HELM, "v3.14.4", "Helm is 3.14.4, 3.15 or newer is needed"),
        (versions.HELM, "v4.0.1+g1234", ""),
        (versions.HELM, "v2.17.0", "Helm is 2.17.0, 3.15 or newer is needed"),
        (versions.HELM, "v5.0.0", "Helm is 5.0.0, the newest that is known to work is 4"),
        (versions.TILT, "v0.37.3, built 2026-01-09", ""),
        (versions.TILT, "v0.36.3, built 2025-11-14", "Tilt is 0.36.3, 0.37 or newer is needed"),
        (versions.DOCKER, "20.10.24+dfsg1", ""),
        (versions.KUBERNETES, "v1.30.0-rc.1", ""),
        (versions.KUBERNETES, "", ""),
    ],
)
def test_versions_are_checked_as_the_products_print_them(
    supported: versions.Supported, version: str, problem: str
) -> None:
    assert supported.problem(version) == problem


class Elsewhere:
    """A cluster that names its engine once it runs."""

    context = name = "elsewhere"

    def __init__(self, runner: FakeRunner) -> None:
        self._runner = runner
        self._runs = False

    def start(self, steps: Steps) -> None:
        assert self._runner.calls == []
        self._runs = True

    def image_route(self) -> ImageRoute:
        assert self._runs
        return ImageRoute("docker-env", env={"DOCKER_HOST": os.environ["DOCKER_HOST"]})


def test_everything_is_built_in_the_engine_of_a_cluster_that_has_one(docker: FakeRunner, docker_api: DockerApi) -> None:
    def no_engine_here() -> Engine:
        raise AssertionError("this machine's own engine is not needed")

    provider = cast(Provider, Elsewhere(docker))
    engine = up.bring_up(docker, provider, no_engine_here, quiet())
    assert {call.env["DOCKER_HOST"] for call in docker.calls} == {engine.env["DOCKER_HOST"]} == {docker_api.host}
    targets = [call.argv[call.argv.index("--target") + 1] for call in docker.calls if "--target" in call.argv]
    assert targets == ["dev"] * len(SERVICES)
    assert docker_api.did == ["tag todo-base/postgres:17 postgres:17"]


def test_while_a_cluster_that_runs_is_asked_nothing_is_built_that_the_tiltfile_builds(
    docker: FakeRunner, registry: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Running(Embedded):
        def start(self, steps: Steps) -> None: ...

        def takes_images(self) -> bool:
            return True

    monkeypatch.setenv("TODO_REGISTRY_PORT", str(registry.port))
    up.bring_up(docker, Running(docker), Engine, quiet())
    assert [argv for argv in docker.argvs() if "build" in argv] == []


def test_a_tilt_that_is_old_or_missing_is_told_before_anything_is_made() -> None:
    runner = FakeRunner({"/usr/bin/tilt version": (0, "v0.33.0, built 2023-06-01\n", "")})
    with pytest.raises(UserError, match=r"Tilt is 0\.33\.0, 0\.37 or newer is needed; .*--engine embedded"):
        up.find_tilt(runner)
    with pytest.raises(UserError, match="tilt is not installed; .*--engine embedded"):
        up.find_tilt(FakeRunner(missing={"tilt"}))


def test_a_build_that_fails_is_left_to_the_loop_which_waits_for_the_fix(
    docker: FakeRunner, docker_api: DockerApi
) -> None:
    provider = cast(Provider, Elsewhere(docker))
    docker.answers["docker build"] = (1, "ERROR: no such package\n", "")

    def no_engine_here() -> Engine:
        raise AssertionError("this machine's own engine is not needed")

    up.bring_up(docker, provider, no_engine_here, quiet())
    assert docker_api.did == ["tag todo-base/postgres:17 postgres:17"]


def test_a_helm_that_may_not_do_is_told() -> None:
    missing = images_command.helm_problem(FakeRunner(missing={"helm"}))
    assert missing.startswith('helm is not on PATH; for that of ./dev run: eval "$(./dev env)"')
    old = FakeRunner({"helm version --template {{.Version}}": (0, "v2.17.0", "")})
    assert images_command.helm_problem(old).startswith("Helm is 2.17.0")
