"""What a real cluster says of each kind of trouble is recognised, within a minute of its deployment."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml

from scripts.ci import trouble
from scripts.ci.trouble import Kind, kind_of
from scripts.cluster import api
from scripts.cluster.embedded.provider import Embedded
from scripts.core.paths import ROOT
from scripts.core.scrubber import Scrubber
from scripts.engine.proof.prover import Instruments, Prover
from scripts.engine.record.logs import LogStore
from scripts.kube.mirror import Mirror
from scripts.kube.pod import summary
from scripts.tiltfile.model import K8sResource
from tests.cluster.conftest import Kubectl

MANAGER = "ci-test"
DEADLINE_SECONDS = 60
WATCHED_SECONDS = 120
NOTHING: dict[str, Any] = {}
SECRET = {"env": [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "nowhere", "key": "x"}}}]}
# How long a migration waits for a database that is away.
WAIT = yaml.safe_load((ROOT / "charts/todo-stack/values-dev.yaml").read_text())["backend"]["extraEnv"][
    "TODO_DATABASE_WAIT_SECONDS"
]
MOUNT = {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}

# What the container, the pod and its init container differ in, beside their image.
CASES: dict[str, tuple[Kind, dict[str, Any], dict[str, Any], list[str]]] = {
    "bad-image-name": (trouble.IMAGE_NAME, {"image": "UPPER:x"}, NOTHING, []),
    "image-not-found": (trouble.IMAGE, {"image": "localhost:5005/library/nowhere:1"}, NOTHING, []),
    "missing-secret": (trouble.CONFIGURATION, SECRET, NOTHING, []),
    "missing-secret-file": (
        trouble.CONFIGURATION, MOUNT, {"volumes": [{"name": "v", "secret": {"secretName": "nowhere"}}]}, [],
    ),
    "crash-loop": (trouble.CRASH, {"command": ["sh", "-c", "sleep 3; exit 3"]}, NOTHING, []),
    "failed-migration": (trouble.MIGRATION, NOTHING, NOTHING, ["sh", "-c", f"sleep {WAIT}; exit 1"]),
    "unschedulable": (trouble.SCHEDULING, NOTHING, {"nodeSelector": {"no": "where"}}, []),
    "unbound-volume": (
        trouble.VOLUME, MOUNT, {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "unbound"}}]}, [],
    ),
    "quota": (trouble.QUOTA, {"resources": {"requests": {"memory": "2Ti"}}}, NOTHING, []),
}  # fmt: skip


def deployment(name: str, namespace: str, image: str) -> dict[str, Any]:
    _, container, pod, migrate = CASES[name]
    base = {"image": image.partition("/library/")[2], "command": ["sleep", "600"]}
    spec = {"terminationGracePeriodSeconds": 1, "containers": [{"name": "main", **base, **container}], **pod}
    if migrate:
        spec["initContainers"] = [{"name": "migrate", **base, "command": migrate}]
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }  # fmt: skip


@dataclass
class Found:
    """Why each of them failed, and after how many seconds; those that were called served after they had failed; whether
    the container of the crash loop ran and ended once more after it had been told as one."""

    reasons: dict[str, tuple[str, float]] = field(default_factory=dict)
    served: set[str] = field(default_factory=set)
    once_more: bool = False


@pytest.fixture(scope="module")
def found(embedded: Embedded, kubectl: Kubectl, image: str) -> Iterator[Found]:
    """Of all at once, as each takes its time."""
    kubectl.apply(
        {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"},
         "spec": {"hard": {"requests.memory": "1Ti"}}},
        {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "l"},
         "spec": {"limits": [{"type": "Container", "defaultRequest": {"memory": "1Mi"}}]}},
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "unbound"},
         "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "nowhere",
                  "resources": {"requests": {"storage": "1Mi"}}}},
    )  # fmt: skip
    kube = api.connect(embedded)
    mirror = Mirror(kube, lambda: None)
    mirror.watch([kubectl.namespace])
    instruments = Instruments(kube, mirror, LogStore(Scrubber()), embedded.node_url)
    provers = {}
    for name in CASES:
        described = deployment(name, kubectl.namespace, image)
        provers[name] = Prover(K8sResource(name, objects=(described,)), instruments)
        provers[name].expect([kube.apply(described, MANAGER)])
    began, found = time.monotonic(), Found()
    told_at = looks = 0
    while time.monotonic() - began < WATCHED_SECONDS and not (found.once_more and len(found.reasons) == len(CASES)):
        for name, prover in provers.items():
            judgement = prover.look((), ())[0]
            if name in found.reasons and judgement.served:
                found.served.add(name)
            elif judgement.failure:
                found.reasons.setdefault(name, (judgement.failure, time.monotonic() - began))
        for pod in map(summary, provers["crash-loop"].pods()):
            if "crash-loop" in found.reasons:
                told_at = told_at or pod["restarts"]
                again, runs = pod["restarts"] > told_at, pod["state"] == "ready"
                looks += again and runs
                found.once_more |= again and not runs and looks > 1  # all were looked at between the two
        time.sleep(0.1)
    mirror.stop()
    yield found


@pytest.mark.parametrize("name", CASES)
def test_each_kind_of_trouble_is_recognised(name: str, found: Found) -> None:
    reason, seconds = found.reasons[name]
    print(f"{name}: {seconds:.0f} s: {reason}")
    assert seconds < DEADLINE_SECONDS
    assert kind_of("k8s", reason) is CASES[name][0], reason


def test_a_crash_loop_is_not_served_when_it_is_started_once_more(found: Found) -> None:
    """It has no readiness probe: while it runs, Kubernetes calls it ready."""
    assert found.once_more
    assert found.served == set()
