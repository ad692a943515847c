"""The images of a resource: which of them are updated in place, and which modules a front end is asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.engine.loop.definitions import definitions_of
from scripts.engine.update.build import BuiltImage
from scripts.engine.update.images import Found, ImageBuild, Images
from scripts.tiltfile.model import Environment, Image, K8sResource, Rules, Sync
from tests.unit.engine.worker_bench import Workshop


def workload(kind: str, **pod: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {"template": {"spec": {"containers": [{"name": "other", "image": "other"}], **pod}}}
    if kind == "CronJob":
        spec = {"jobTemplate": {"spec": spec}}
    return {"apiVersion": "x", "kind": kind, "metadata": {"name": "web"},
            "spec": spec["template"]["spec"] if kind == "Pod" else spec}  # fmt: skip


def deployed(image: Image, manifest: dict[str, Any]) -> Images:
    """The images of a resource that was deployed with the files that are there."""
    environment = Environment(
        image.context.parent / "Tiltfile",
        images={image.ref: image},
        resources=(K8sResource("web", objects=(manifest,), images=(image.ref,)),),
    )
    images = Images(definitions_of(environment)["web"][1], Workshop(), lambda image: None)
    built = BuiltImage("web:1", "1")
    images.deployed([ImageBuild(contents, contents.sources(), built) for contents in images.contents])
    return images


def scan(image: Image, manifest: dict[str, Any], *names: str) -> Found:
    """What a save of these files means for a resource that was deployed without them."""
    images = deployed(image, manifest)
    for name in names:
        (image.context / name).parent.mkdir(parents=True, exist_ok=True)
        (image.context / name).write_text("x")
    return images.scan([image.context / name for name in names], everything=False)


MAIN = {"containers": [{"name": "app", "image": "web:dev"}]}
INIT = {"initContainers": [{"name": "app", "image": "web:dev", "restartPolicy": "Always"}]}


@pytest.mark.parametrize(
    ("kind", "pod", "action"),
    [
        ("Deployment", MAIN, "sync"),
        ("StatefulSet", MAIN, "sync"),
        ("Deployment", MAIN | INIT, "sync"),
        ("Deployment", INIT, "rebuild"),
        ("StatefulSet", INIT, "rebuild"),
        *((kind, MAIN, "rebuild") for kind in ("DaemonSet", "ReplicaSet", "Pod", "Job", "CronJob")),
    ],
)
def test_an_image_is_built_again_unless_a_container_that_is_known_to_run_can_take_its_files(
    tmp_path: Path, kind: str, pod: dict[str, Any], action: str
) -> None:
    rules = Rules(syncs=(Sync(tmp_path / "svc", "/app"),))
    image = Image("web", tmp_path / "svc", tmp_path / "svc/Dockerfile", rules=rules)
    assert [plan.action for plan in scan(image, workload(kind, **pod), "a.py").plans] == [action]


@pytest.mark.parametrize(
    ("recipe", "source", "dest", "modules"),
    [
        ("WORKDIR /app", "web/src", "/app/src", {"/src/a.tsx"}),
        ("WORKDIR /app", "web/src", "/app/src/", {"/src/a.tsx"}),
        ("WORKDIR /app/", "web", "/app", {"/src/a.tsx"}),
        ("WORKDIR /app", "web", "/app/", {"/src/a.tsx"}),
        ("WORKDIR /app", "web/src", "/app/client", {"/client/a.tsx"}),
        ("FROM a\nWORKDIR /srv\nFROM b\n workdir  /srv/web\nRUN x", "web", "/srv/web", {"/src/a.tsx"}),
        ("WORKDIR /application", "web", "/app", {"/app/src/a.tsx"}),
        ("FROM a", "web/src", "/src", {"/src/a.tsx"}),
    ],
)
def test_a_front_end_is_asked_for_modules_by_their_path_below_the_folder_that_it_is_started_in(
    tmp_path: Path, recipe: str, source: str, dest: str, modules: set[str]
) -> None:
    rules = Rules(syncs=(Sync(tmp_path / source, dest),))
    image = Image("web", tmp_path / "web", tmp_path / "web/Dockerfile", rules=rules, recipe=recipe)
    assert scan(image, workload("Deployment", **MAIN), "src/a.tsx", "src/a.txt").modules == modules


@pytest.fixture
def front_end(tmp_path: Path) -> Image:
    """With two modules, one file that is none, and one that the build reads but no page."""
    web = tmp_path / "web"
    (web / "src/ui").mkdir(parents=True)
    for name in ("src/a.tsx", "src/ui/b.css", "src/a.txt", "vite.config.ts"):
        (web / name).write_text("x")
    syncs = (Sync(web / "src", "/app/src"), Sync(web / "vite.config.ts", "/app/vite.config.ts"))
    return Image("web", web, web / "Dockerfile", rules=Rules(syncs=syncs), recipe="WORKDIR /app")


def test_a_front_end_that_was_deployed_is_asked_for_all_its_modules(front_end: Image) -> None:
    images = deployed(front_end, workload("Deployment", **MAIN))
    assert images.modules() == {"/src/a.tsx", "/src/ui/b.css"}


@pytest.mark.parametrize("name", ["src/ui/b.css", "src/a.txt"])
def test_once_a_file_has_gone_a_front_end_is_asked_for_all_that_may_import_it(front_end: Image, name: str) -> None:
    images = deployed(front_end, workload("Deployment", **MAIN))
    gone = front_end.context / name
    gone.rename(gone.with_name("renamed.ts"))
    found = images.scan([gone, gone.with_name("renamed.ts")], everything=False)
    assert found.modules == images.modules() > {"/src/a.tsx"}
    assert found.gone == {"/src/ui/b.css"} - found.modules


def test_of_an_image_that_is_not_updated_in_place_no_module_is_asked_for(front_end: Image) -> None:
    images = deployed(replace(front_end, rules=Rules()), workload("Deployment", **MAIN))
    assert images.modules() == frozenset()
