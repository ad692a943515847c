"""`./dev ci` names the kind of trouble, from objects and events as clusters have them, by its exit status."""

from __future__ import annotations

import argparse
import io
import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from scripts.ci import trouble
from scripts.ci.trouble import KINDS, OTHER, Kind, Trouble, first, kind_of, troubles
from scripts.commands import ci, up
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.engine import Ended, TiltfileError
from scripts.engine.proof.judge import EXPLAIN_SECONDS, GONE_SECONDS, WARNING_SECONDS, Seen, judge
from scripts.engine.proof.rollout import SLOW_SECONDS, FirstSeen, Verdict, verdict
from scripts.kube.pod import Object

DEADLINE_SECONDS = 60


def deployment(**condition: str) -> dict[str, Any]:
    status = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 0}
    return {
        "kind": "Deployment",
        "metadata": {"name": "todo-backend", "uid": "d", "generation": 1},
        "spec": {"replicas": 1},
        "status": {**status, "conditions": [condition] if condition else []},
    }


def pod(*, init: Object | None = None, app: Object | None = None, unscheduled: str = "") -> dict[str, Any]:
    """A pod whose init container or container is at that state, or that no node takes."""
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": unscheduled}
    status: dict[str, Any] = {"phase": "Pending", "conditions": [condition] if unscheduled else []}
    if init:
        status["initContainerStatuses"] = [{"name": "migrate", "ready": False, "restartCount": 0, **init}]
    if app:
        status["containerStatuses"] = [{"name": "backend", "ready": False, "restartCount": 0, **app}]
    spec = {"containers": [{"name": "backend", "image": "i"}], "initContainers": []}
    return {"metadata": {"name": "todo-backend-1", "uid": "p"}, "spec": spec, "status": status}


def waiting(reason: str, message: str) -> dict[str, Any]:
    return {"state": {"waiting": {"reason": reason, "message": message}}}


def crashing(code: int) -> dict[str, Any]:
    ended = {"terminated": {"exitCode": code, "reason": "Error"}}
    return {**waiting("CrashLoopBackOff", "back-off 10s restarting failed container"), "restartCount": 2,
            "lastState": ended}  # fmt: skip


RECORDED: dict[str, tuple[Kind, Object, Object]] = {
    "bad image name": (trouble.IMAGE_NAME, deployment(), pod(app=waiting(
        "InvalidImageName", 'Failed to apply default image tag "UPPER:x": couldn\'t parse image name "UPPER:x": '
        "invalid reference format: repository name (library/UPPER) must be lowercase"))),
    "image not found": (trouble.IMAGE, deployment(), pod(app=waiting(
        "ImagePullBackOff", 'Back-off pulling image "nowhere:1": ErrImagePull: rpc error: code = NotFound desc = '
        'failed to pull and unpack image "docker.io/library/nowhere:1": failed to resolve reference: not found'))),
    "missing Secret": (trouble.CONFIGURATION, deployment(), pod(app=waiting(
        "CreateContainerConfigError", 'secret "todo-secrets" not found'))),
    "crash loop": (trouble.CRASH, deployment(), pod(app=crashing(3))),
    "failed migration": (trouble.MIGRATION, deployment(), pod(init=crashing(1))),
    "unschedulable": (trouble.SCHEDULING, deployment(), pod(
        unscheduled="0/1 nodes are available: 1 Insufficient memory. no new claims to deallocate")),
    "unbound volume": (trouble.VOLUME, deployment(), pod(
        unscheduled="0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.")),
    "volume claim that does not exist": (trouble.VOLUME, deployment(), pod(
        unscheduled='0/1 nodes are available: persistentvolumeclaim "data" not found. not found')),
    "quota": (trouble.QUOTA, deployment(
        type="ReplicaFailure", status="True", reason="FailedCreate",
        message='pods "todo-backend-1" is forbidden: exceeded quota: q, requested: pods=1, limited: pods=0',
    ), pod(app=waiting("ContainerCreating", ""))),
}  # fmt: skip


def reason_within(workload: Object, one: Object, seconds: float) -> str:
    """Why the loop gives up on a state that stays as it is, within its deadline; "" if it does not."""
    seen, now = FirstSeen(), 0.0
    while now <= seconds:
        found = verdict(workload, 1, [one], seen, now, now)
        age = seen.seconds_since(now, found.failure) if found.failure else 0.0
        if failure := judge("backend", Seen(now, rollout=found, failing_for=age)).failure:
            return failure
        now += 0.5
    return ""


@pytest.mark.parametrize("name", RECORDED)
def test_each_trouble_is_named_within_its_deadline(name: str) -> None:
    kind, workload, one = RECORDED[name]
    assert kind_of("k8s", reason_within(workload, one, DEADLINE_SECONDS)) is kind


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ('Pod b-1: FailedMount: MountVolume.SetUp failed for volume "secrets" : secret "x" not found',
         trouble.CONFIGURATION),
        ('Pod b-1: FailedMount: MountVolume.SetUp failed for volume "secrets" : references non-existent secret key: k',
         trouble.CONFIGURATION),
        ('Pod b-1: FailedMount: MountVolume.SetUp failed for volume "data" : hostPath check failed', trouble.VOLUME),
        ("StatefulSet db: FailedCreate: pods \"db-0\" is forbidden: exceeded quota: q, limited: pods=0", trouble.QUOTA),
        ("StatefulSet db: FailedCreate: pods \"db-0\" is forbidden: violates PodSecurity", trouble.QUOTA),
    ],
)  # fmt: skip
def test_warning_events_of_what_does_not_come_up_have_a_kind_too(event: str, kind: Kind) -> None:
    found = judge("backend", Seen(WARNING_SECONDS, warning=event))
    assert kind_of("k8s", found.failure) is kind
    assert WARNING_SECONDS + EXPLAIN_SECONDS < DEADLINE_SECONDS


@pytest.mark.parametrize(
    ("resource", "reason", "kind"),
    [
        ("k8s", "the build of todo-backend failed: Dockerfile:3: no such file", trouble.BUILD),
        ("k8s", "`cd /app && alembic upgrade head` in backend failed: no such revision", trouble.MIGRATION),
        ("k8s", "revision 1 is not served 10 s after its update by todo-backend", trouble.UNREADY),
        ("k8s", 'could not apply Deployment x: Deployment.apps "x" is invalid: spec.replicas: -1', trouble.REFUSED),
        ("k8s", 'could not apply Pod x: pods "x" is forbidden: exceeded quota: q', trouble.QUOTA),
        ("k8s", "could not apply Service x: no answer from the cluster (timed out)", trouble.MACHINE),
        ("k8s", "KeyError: 'x'", OTHER),
        ("k8s", "something new", OTHER),
        ("local", "`pytest` ended with status 1: 2 failed", trouble.TESTS),
        ("tiltfile", "Tiltfile:3: no", trouble.TILTFILE),
    ],
)
def test_other_reasons(resource: str, reason: str, kind: Kind) -> None:
    assert kind_of(resource, reason) is kind


PLACED = "SyntaxError: invalid syntax (backend/app/main.py:12)"


@pytest.mark.parametrize(
    "seen",
    [
        Seen(SLOW_SECONDS, rollout=Verdict(slow=True), reason=PLACED),
        Seen(1, rollout=Verdict(done=True), expected="2", answers={"web": "1"}, refused=True, reason=PLACED),
        Seen(1, rollout=Verdict(done=True), expected="2", answers={"web": ""}, ready_for=2, reason=PLACED),
        Seen(1, rollout=Verdict(done=True), broken="/src/app.tsx", reason="Unexpected token (frontend/src/app.tsx:3)"),
        Seen(1, rollout=Verdict(done=True), broken="/src/app.tsx", failing_for=EXPLAIN_SECONDS),
        Seen(GONE_SECONDS, gone="Deployment todo-backend"),
    ],
    ids=["does not start", "is refused", "does not answer", "a module", "a module without a place", "gone"],
)
def test_a_service_that_does_not_serve_is_unready_whatever_its_row_says(seen: Seen) -> None:
    failure = judge("backend", seen).failure
    assert failure and kind_of("k8s", failure) is trouble.UNREADY


def test_every_kind_has_a_status_of_its_own_that_no_shell_uses() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes) and all(0 < code < 126 and code != 2 for code in codes)


def test_the_documented_statuses_are_those() -> None:
    text = (ROOT / "docs/settings.md").read_text()
    rows = [f"| {kind.code} | {kind.name} | {kind.about} |" for kind in KINDS]
    assert text.endswith("\n".join(["| 0 | | all is green, and the tests pass |", *rows, ""]))


def test_the_status_is_that_of_what_the_others_follow_from() -> None:
    found = [Trouble("e2e", trouble.TESTS, ""), Trouble("a", OTHER, ""), Trouble("b", trouble.IMAGE, "")]
    assert first(found) is trouble.IMAGE
    assert first([Trouble("a", OTHER, "")]) is OTHER


ROWS = [
    {"name": "(Tiltfile)", "kind": "tiltfile", "status": "ok"},
    {"name": "backend", "kind": "k8s", "status": "error"},
    {"name": "postgres", "kind": "k8s", "status": "ok"},
    {"name": "demo-data", "kind": "command", "status": "idle"},
]
ERRORS = [("backend", "container migrate of pod todo-backend-1 keeps ending with exit status 1 (2 restarts)")]


def args(folder: Path | None) -> argparse.Namespace:
    return argparse.Namespace(junit=folder, cluster=None, services=None, prod_images=False, debug=False)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine and a cluster that are well."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.setattr(up, "refuse_beside_tilt", lambda runner: None)
    monkeypatch.setattr(up, "prepare_stack", lambda runner, cluster, steps: (None, None))
    monkeypatch.setattr("scripts.cluster.api.connect", lambda provider: None)


def test_the_report_has_a_case_for_each_resource_with_the_end_of_its_log(
    stack: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(settings: Any, provider: Any, kube: Any, *, once: bool, steps: Steps, docker: Any) -> int:
        assert (settings.subcommand, once) == ("ci", True)
        settings.on_end(Ended(ROWS, ERRORS, {"backend": ["FAILED: can't locate revision"]}))
        return 1

    monkeypatch.setattr("scripts.engine.run", run)
    assert ci.run(args(tmp_path / "my reports")) == trouble.MIGRATION.code
    cases = ElementTree.parse(tmp_path / "my reports" / "stack.xml").iter("testcase")
    failures = {case.get("name"): (case.findtext("failure") or "").splitlines() for case in cases}
    assert failures == {
        "(Tiltfile)": [], "postgres": [], "backend": ["FAILED: can't locate revision", f"migration: {ERRORS[0][1]}"],
    }  # fmt: skip
    assert f"error: backend (migration): {ERRORS[0][1]}" in capsys.readouterr().err
    assert os.environ["PYTEST_ADDOPTS"] == f"--junitxml='{tmp_path}/my reports/e2e.xml'"


def test_a_green_stack_whose_tests_pass_is_0(stack: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.engine.run", lambda *args, **options: 0)
    assert ci.run(args(None)) == 0


@pytest.mark.parametrize(
    ("error", "code"),
    [(TiltfileError(UserError("Tiltfile:1: x"), (), 0), trouble.TILTFILE.code), (UserError("y"), trouble.MACHINE.code)],
)
def test_what_fails_before_there_are_resources_has_a_status_and_a_case_too(
    stack: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: UserError, code: int
) -> None:
    def run(*args: Any, **options: Any) -> int:
        raise error

    monkeypatch.setattr("scripts.engine.run", run)
    assert ci.run(args(tmp_path)) == code
    [case] = ElementTree.parse(tmp_path / "stack.xml").iter("testcase")
    assert error.what in (case.findtext("failure") or "")


def test_reports_of_an_earlier_run_are_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    (tmp_path / "e2e.xml").write_text("<testsuites/>")
    ci.Report(tmp_path, Steps(io.StringIO()))
    assert list(tmp_path.iterdir()) == []


def test_troubles_carry_their_logs() -> None:
    assert troubles(ROWS, ERRORS, {"backend": ["a"]}) == [
        Trouble("backend", trouble.MIGRATION, ERRORS[0][1], ("a",)),
    ]  # fmt: skip
