"""This project's own Tiltfile agrees with the table of services."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from scripts import stack
from scripts.core.paths import ROOT
from scripts.services import SERVICES, Service
from scripts.tiltfile.evaluation import evaluate
from scripts.tiltfile.model import Environment, K8sResource, within
from tests.unit.fakes import FakeRunner

INFRASTRUCTURE = {"postgres": "postgres", "network": ""}
BASES = {"ca": "", "helm_set": [], "build_args": {}}


def chart() -> str:
    """What the Tiltfile needs of the rendered chart: a workload for each component, and objects beside it."""
    images = {service.component: service.image for service in SERVICES} | INFRASTRUCTURE
    objects = []
    for component, image in images.items():
        labels = {"app.kubernetes.io/component": component}
        meta = {"name": f"todo-{component}", "labels": labels}
        objects.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta})
        if image:
            pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": component, "image": image}]}}
            objects.append({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": {"template": pod}})
    return yaml.safe_dump_all(objects, explicit_start=True)


def commands() -> FakeRunner:
    """What the Tiltfile runs."""
    return FakeRunner({"./dev bases": (0, json.dumps(BASES), ""), "helm template": (0, chart(), "")})


@pytest.fixture(scope="module")
def environment() -> Environment:
    return evaluate(ROOT / "Tiltfile", "up", commands())


def test_every_object_of_the_chart_is_in_a_named_resource(environment: Environment) -> None:
    found = [resource for resource in environment.resources if isinstance(resource, K8sResource)]
    expected = {*INFRASTRUCTURE, *(service.component for service in SERVICES)}
    assert {resource.name for resource in found} == expected
    assert {item["metadata"]["namespace"] for resource in found for item in resource.objects} == {stack.NAMESPACE}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.component)
def test_a_service_has_the_image_and_the_folder_of_the_table(environment: Environment, service: Service) -> None:
    resource = next(item for item in environment.resources if item.name == service.component)
    assert isinstance(resource, K8sResource)
    assert resource.images == (service.image,)
    assert environment.images[service.image].context == ROOT / service.folder


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.component)
def test_all_sources_of_a_service_are_updated_in_place(environment: Environment, service: Service) -> None:
    syncs = environment.images[service.image].rules.syncs
    sources = [ROOT / service.folder / source for source in service.sources]
    assert all(source.exists() for source in sources)
    assert [source for source in sources if not any(within(source, sync.source) for sync in syncs)] == []


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.component)
def test_nothing_is_updated_in_place_that_the_revision_does_not_cover(
    environment: Environment, service: Service
) -> None:
    """A container with other content than the checkout would count as served."""
    syncs = environment.images[service.image].rules.syncs
    sources = [ROOT / service.folder / source for source in service.sources]
    assert [sync.source for sync in syncs if not any(within(sync.source, source) for source in sources)] == []


def test_no_image_is_built_that_no_service_has(environment: Environment) -> None:
    assert set(environment.images) == {service.image for service in SERVICES}
    assert environment.warnings == ()


def test_the_services_and_what_they_depend_on_are_all_that_is_deployed(environment: Environment) -> None:
    """`./dev up --once` names only the services to Tilt, which adds what they depend on."""
    by_name = {resource.name: resource for resource in environment.resources}
    needed, ahead = set[str](), [service.component for service in SERVICES]
    while ahead:
        needed.add(name := ahead.pop())
        ahead.extend(by_name[name].resource_deps)
    assert needed == {name for name, resource in by_name.items() if isinstance(resource, K8sResource)}


@pytest.mark.parametrize("arguments", [["--services=frontend"], ["frontend"]])
def test_services_of_the_command_line_win_over_the_personal_file(arguments: list[str], tmp_path: Path) -> None:
    for name in ("Tiltfile", "charts", *(service.folder for service in SERVICES)):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "tilt_config.json").write_text('{"services": ["backend"]}')
    found = evaluate(tmp_path / "Tiltfile", "up", commands(), arguments=arguments)
    started = {item.name for item in found.resources if isinstance(item, K8sResource) and item.auto_init}
    assert started == {*INFRASTRUCTURE, "frontend"}


def test_production_images_are_of_the_final_stage_and_never_updated_in_place() -> None:
    found = evaluate(ROOT / "Tiltfile", "up", commands(), arguments=["--prod-images"])
    assert {image.target for image in found.images.values()} == {"final"}
    assert [image.ref for image in found.images.values() if image.rules.fall_back_on or image.rules] == []


def debugged(environment: Environment, *arguments: str) -> tuple[set[tuple[str, int, int]], set[str]]:
    """What these arguments add: forwards (the service, the port here and in the pod), and values that helm sets."""

    def forwards(found: Environment) -> set[tuple[str, int, int]]:
        resources = [resource for resource in found.resources if isinstance(resource, K8sResource)]
        return {(item.name, port.local, port.container) for item in resources for port in item.port_forwards}

    runner = commands()
    found = forwards(evaluate(ROOT / "Tiltfile", "up", runner, arguments=arguments))
    (helm,) = (call.argv for call in runner.calls if call.argv[:2] == ("helm", "template"))
    return found - forwards(environment), {value for option, value in pairwise(helm) if option == "--set"}


def test_for_debuggers_each_service_listens_on_a_port_that_is_forwarded(environment: Environment) -> None:
    assert debugged(environment, "--debug") == (
        {("backend", 5678, 5678), ("mcp-server", 5679, 5679), ("frontend", 9229, 9229)},
        {
            "backend.extraEnv.TODO_DEBUG_PORT=5678",
            "mcpServer.extraEnv.TODO_DEBUG_PORT=5679",
            "frontend.extraEnv.TODO_DEBUG_PORT=9229",
        },
    )


def test_production_images_have_no_debugger(environment: Environment) -> None:
    assert debugged(environment, "--prod-images", "--debug") == (set(), set())
