"""What is applied: images put in place, order, and what is left alone when a Tiltfile no longer has it."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.core.errors import UserError
from scripts.engine.update.deploy import apply, in_order, removed
from scripts.kube.api import Kube
from scripts.kube.errors import ApiError
from scripts.tiltfile.manifests import images_in, inject, repository


def thing(kind: str, name: str = "x", **more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **more}


def workload(kind: str, *images: str) -> dict[str, Any]:
    first, *others = [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]
    pod = {"spec": {"initContainers": [first], "containers": others}}
    return thing(kind, spec={"jobTemplate": {"spec": {"template": pod}}} if kind == "CronJob" else {"template": pod})


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("todo", "todo"),
        ("todo:1", "todo"),
        ("docker.io/library/todo:1@sha256:abc", "todo"),
        ("localhost:5005/todo", "localhost:5005/todo"),
        ("localhost:5005/a/todo:1", "localhost:5005/a/todo"),
    ],
)
def test_an_image_is_recognised_by_its_repository(image: str, name: str) -> None:
    assert repository(image) == name


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "Job", "CronJob"])
def test_built_images_are_put_into_every_container_and_others_left(kind: str) -> None:
    before = workload(kind, "todo:0.1.0", "docker.io/todo", "postgres:17", "todo-not:1")
    assert images_in(before, ["todo", "absent"]) == ("todo",)
    text = str(inject(before, {"todo": "todo:tilt-1"}))
    assert text.count("'todo:tilt-1', 'imagePullPolicy': 'IfNotPresent'") == 2
    assert "'postgres:17'}" in text and "'todo-not:1'}" in text
    assert "tilt-1" not in str(before)


def test_a_ref_with_a_tag_stands_for_the_image_of_this_tag_only() -> None:
    before = workload("Deployment", "todo:dev", "todo:1@sha256:abc", "docker.io/library/todo:dev")
    assert images_in(before, ["todo:dev", "todo:prod"]) == ("todo:dev",)
    assert images_in(before, ["todo", "todo:dev"]) == ("todo", "todo:dev")
    after = inject(before, {"todo": "todo:tilt-1", "todo:dev": "todo:tilt-2"})
    pod = after["spec"]["template"]["spec"]
    assert [item["image"] for key in pod for item in pod[key]] == ["todo:tilt-2", "todo:tilt-1", "todo:tilt-2"]


def test_what_others_refer_to_is_applied_first() -> None:
    kinds = ["Deployment", "Service", "ConfigMap", "Namespace", "NetworkPolicy", "ServiceAccount"]
    ordered = [item["kind"] for item in in_order(thing(kind) for kind in kinds)]
    assert ordered == ["Namespace", "ServiceAccount", "ConfigMap", "NetworkPolicy", "Service", "Deployment"]


def test_what_is_no_longer_described_goes_but_never_what_holds_data() -> None:
    kinds = ["ConfigMap", "Deployment", "StatefulSet", "Secret", "PersistentVolumeClaim", "Namespace"]
    before = [thing(kind) for kind in kinds]
    assert [item["kind"] for item in removed(before, [before[1]])] == ["ConfigMap"]


@pytest.mark.parametrize("metadata", [{}, {"namespace": None}, {"namespace": "default"}])
def test_an_object_that_gets_or_loses_the_name_of_the_default_namespace_is_the_same(metadata: dict[str, Any]) -> None:
    one, other = thing("Deployment"), thing("Deployment")
    one["metadata"] |= metadata
    assert removed([one], [other]) == removed([other], [one]) == []


class Refuses(Kube):
    """A cluster that takes no change of an object until it is gone; `why` is what it says."""

    def __init__(self, why: str) -> None:
        self.why, self.there, self.done = why, True, [""]
        self.kubectl = "kubectl --context kind-work"

    def apply(self, manifest: Any, manager: str) -> dict[str, Any]:
        if self.there:
            raise ApiError("apply", 422, self.why)
        self.done.append("applied")
        return dict(manifest)

    def path(self, manifest: Any) -> str:
        return "/x"

    def find(self, path: str) -> dict[str, Any] | None:
        return {} if self.there else None

    def call(self, doing: str, method: str, path: str, **options: Any) -> Any:
        self.there = False
        self.done.append(doing)


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("Deployment", 'Deployment.apps "x" is invalid: spec.selector: Invalid value: {}: field is immutable'),
        ("Job", 'Job.batch "x" is invalid: spec.template: Invalid value: {}: field is immutable'),
        (
            "Pod",
            'Pod "x" is invalid: spec: Forbidden: pod updates may not change fields other than '
            "`spec.containers[*].image`,`spec.activeDeadlineSeconds`\n{}",
        ),
    ],
)
def test_what_holds_no_data_is_replaced_where_it_cannot_be_changed(kind: str, why: str) -> None:
    kube = Refuses(why)
    apply(kube, [thing(kind)], "test")
    assert kube.done[1:] == [f"delete {kind} x", "applied"]


@pytest.mark.parametrize(
    "why",
    [
        "spec.volumeClaimTemplates: Invalid value: []: field is immutable",
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
        "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are "
        "forbidden",
    ],
    ids=["since Kubernetes 1.37", "before"],
)
def test_a_stateful_set_that_cannot_be_changed_is_left_to_a_person(why: str) -> None:
    advice = "StatefulSet x cannot be changed in place.*kubectl --context kind-work delete -n default statefulset x"
    with pytest.raises(UserError, match=f"(?s){advice}"):
        apply(Refuses(f'StatefulSet.apps "x" is invalid: {why}'), [thing("StatefulSet")], "test")


def test_another_mistake_is_no_reason_to_replace_anything() -> None:
    kube = Refuses('Deployment.apps "x" is invalid: spec.replicas: Invalid value: -1: must be greater than 0')
    with pytest.raises(ApiError):
        apply(kube, [thing("Deployment")], "test")
    assert kube.there
