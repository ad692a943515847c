"""How a rollout is judged, from objects as the cluster has them."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.engine.proof.rollout import (
    ROLLOUT_SECONDS,
    SLOW_SECONDS,
    STEADY_SECONDS,
    FirstSeen,
    current_pods,
    stuck,
    verdict,
)  # fmt: skip


def owner(uid: str) -> list[dict[str, str]]:
    return [{"uid": uid}]


def deployment(**status: int) -> dict[str, Any]:
    full = {"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1} | status
    return {"kind": "Deployment", "metadata": {"name": "web", "uid": "d", "generation": 2}, "spec": {"replicas": 1},
            "status": full}  # fmt: skip


def replica_set(uid: str, revision: int) -> dict[str, Any]:
    notes = {"deployment.kubernetes.io/revision": str(revision)}
    return {"metadata": {"name": uid, "uid": uid, "ownerReferences": owner("d"), "annotations": notes}}


def pod(name: str = "web-1", of: str = "new", **status: Any) -> dict[str, Any]:
    meta = {"name": name, "uid": f"id of {name}", "ownerReferences": owner(of), "labels": {}}
    image = "app:1"
    spec = {"containers": [{"name": "app", "image": image}], "initContainers": [{"name": "migrate", "image": image}]}
    return {"metadata": meta, "spec": spec, "status": status}


def waiting(reason: str, message: str = "", restarts: int = 0, **last: Any) -> dict[str, Any]:
    state = {"waiting": {"reason": reason, "message": message}}
    item = {"name": "app", "state": state, "restartCount": restarts, "ready": False, "lastState": last}
    return pod(phase="Pending", containerStatuses=[item])


def judge(of: dict[str, Any], *pods: dict[str, Any], after: float = 1.0) -> tuple[bool, str, str]:
    """At the second look, `after` seconds after the first."""
    seen = FirstSeen()
    verdict(of, 1, pods, seen, 100.0, 0.0)
    found = verdict(of, 1, pods, seen, 100.0 + after, after)
    return found.done, found.failure, found.detail


def test_a_rollout_is_done_when_all_pods_are_new_and_ready_and_the_old_ones_gone() -> None:
    assert judge(deployment(), pod()) == (True, "", "")
    for lack in ({"observedGeneration": 1}, {"updatedReplicas": 0}, {"readyReplicas": 0}, {"replicas": 2}):
        assert not judge(deployment(**lack), pod())[0]


def test_a_rollout_is_not_done_while_a_pod_that_is_ready_is_not_known_yet() -> None:
    """Its watch may be behind that of its workload, and nobody has asked it what it serves."""
    assert judge(deployment()) == (False, "", "0/1 pods are ready")


def test_the_current_pods_are_those_of_the_newest_replica_set_that_are_not_going_away() -> None:
    sets = [replica_set("old", 9), replica_set("new", 10)]
    going = pod("web-2")
    going["metadata"]["deletionTimestamp"] = "2030-01-01T00:00:00Z"
    assert [item["metadata"]["name"] for item in current_pods(deployment(), sets, [pod("x", "old"), pod(), going])] == [
        "web-1"
    ]


@pytest.mark.parametrize(
    ("reason", "message", "after", "failure"),
    [
        ("InvalidImageName", "bad", 1, "container app of pod web-1: InvalidImageName: bad"),
        ("ErrImageNeverPull", "not there", 3, "container app of pod web-1: ErrImageNeverPull: not there"),
        ("ErrImageNeverPull", "not there", 1, ""),
        ("CreateContainerConfigError", 'secret "x" not found', 5, ""),
        ("CreateContainerConfigError", 'secret "x" not found', 11,
         'container app of pod web-1: CreateContainerConfigError: secret "x" not found'),
        ("ImagePullBackOff", "no", 6, "container app of pod web-1: ImagePullBackOff: no"),
        ("ContainerCreating", "", 100, ""),
    ],
)  # fmt: skip
def test_a_reason_fails_the_rollout_within_its_own_deadline(
    reason: str, message: str, after: float, failure: str
) -> None:
    assert judge(deployment(readyReplicas=0), waiting(reason, message), after=after)[1] == failure


def test_a_crash_loop_is_told_with_exit_status_and_restarts_but_not_at_the_first_crash() -> None:
    ended = {"terminated": {"exitCode": 3, "reason": "Error"}}
    first = waiting("CrashLoopBackOff", "back-off", 1, **ended)
    assert judge(deployment(readyReplicas=0), first)[1] == ""
    again = waiting("CrashLoopBackOff", "back-off", 2, **ended)
    expected = "container app of pod web-1 keeps ending with exit status 3 (2 restarts)"
    assert judge(deployment(readyReplicas=0), again)[1] == expected


@pytest.mark.parametrize(("restarts", "code", "failure"), [(2, 3, True), (1, 3, False), (2, 0, False)])
def test_a_container_that_waits_for_its_restart_as_terminated_is_in_a_crash_loop_too(
    restarts: int, code: int, failure: bool
) -> None:
    """As Kubernetes 1.37 shows it."""
    ended = {"name": "app", "state": {"terminated": {"exitCode": code}}, "restartCount": restarts, "ready": False}
    found = pod(phase="Running", containerStatuses=[ended])
    expected = f"container app of pod web-1 keeps ending with exit status {code} ({restarts} restarts)"
    assert judge(deployment(readyReplicas=0), found)[1] == (expected if failure else "")
    assert stuck(found, []) == (code != 0)


def runs_again(restarts: int, *, code: int = 3, seconds: int = 0, container: str = "c") -> dict[str, Any]:
    """A pod without a readiness probe, whose container failed after so many seconds and was started again."""
    times = {"startedAt": "2030-01-01T00:00:00Z", "finishedAt": f"2030-01-01T00:00:{seconds:02}Z"}
    item = {"name": "app", "containerID": container, "ready": True, "restartCount": restarts, "state": {"running": {}},
            "lastState": {"terminated": {"exitCode": code, **times}}}  # fmt: skip
    return pod(phase="Running", containerStatuses=[item])


def test_a_crash_loop_stays_one_while_its_next_start_has_not_outlived_the_one_that_failed() -> None:
    """Without a readiness probe Kubernetes calls it ready as soon as it is started."""
    expected = "container app of pod web-1 keeps ending with exit status 3 (2 restarts)"
    seen = FirstSeen()
    assert verdict(deployment(), 1, [runs_again(2, seconds=4)], seen, 100.0, 0.0).failure == expected
    seen.begin()  # of a save, which the container does not care about
    assert verdict(deployment(), 1, [runs_again(2, seconds=4)], seen, 105.0, 0.0).failure == expected
    assert verdict(deployment(), 1, [runs_again(2, seconds=4)], seen, 105.5, 0.0).done
    assert verdict(deployment(), 1, [runs_again(3, seconds=4, container="d")], seen, 106.0, 0.0).failure


def test_what_failed_once_is_waited_for_before_it_counts_as_up() -> None:
    assert judge(deployment(), runs_again(1), after=0.5) == (False, "", "app runs again after it failed")
    assert judge(deployment(), runs_again(1), after=1.5) == (True, "", "")


@pytest.mark.parametrize("found", [runs_again(2, code=0), runs_again(2, seconds=STEADY_SECONDS)])
def test_what_ended_well_or_after_a_long_life_is_in_no_crash_loop(found: dict[str, Any]) -> None:
    assert judge(deployment(), found, after=0.0) == (True, "", "")


def test_what_ran_before_anybody_looked_is_not_doubted_for_its_restarts() -> None:
    assert verdict(deployment(), 1, [runs_again(7)], FirstSeen(["c"]), 100.0, 0.0).done


def test_out_of_memory_is_named() -> None:
    killed = waiting("CrashLoopBackOff", "", 4, terminated={"exitCode": 137, "reason": "OOMKilled"})
    assert "out of memory" in judge(deployment(readyReplicas=0), killed)[1]


def test_an_unschedulable_pod_gets_its_reason_after_a_while() -> None:
    condition = {"type": "PodScheduled", "reason": "Unschedulable", "message": "0/1 nodes: Insufficient memory"}
    stuck = pod(phase="Pending", conditions=[condition])
    assert judge(deployment(readyReplicas=0), stuck, after=5)[1] == ""
    assert judge(deployment(readyReplicas=0), stuck, after=31)[1].endswith("0/1 nodes: Insufficient memory")


def test_an_unschedulable_pod_whose_scheduler_says_nothing_is_no_bug_of_the_engine() -> None:
    stuck = pod(phase="Pending", conditions=[{"type": "PodScheduled", "reason": "Unschedulable", "message": ""}])
    assert judge(deployment(readyReplicas=0), stuck, after=31)[1].endswith("the scheduler gives no reason")


def test_a_rollout_that_takes_too_long_says_what_it_waited_for() -> None:
    item = {"name": "app", "state": {"running": {}}, "ready": False}
    slow = pod(phase="Running", containerStatuses=[item])
    assert judge(deployment(readyReplicas=0), slow)[2] == "app is running, not ready yet"
    told = judge(deployment(readyReplicas=0), slow, after=ROLLOUT_SECONDS + 1)[1]
    assert told == f"web is not ready after {ROLLOUT_SECONDS} s: app is running, not ready yet"


def test_a_reason_counts_from_when_it_was_first_seen() -> None:
    seen, of = FirstSeen(), deployment(readyReplicas=0)
    assert not verdict(of, 1, [pod(phase="Pending")], seen, 0.0, 0.0).failure
    assert not verdict(of, 1, [waiting("ErrImagePull", "no")], seen, 100.0, 100.0).failure
    assert not verdict(of, 1, [waiting("Other")], seen, 110.0, 110.0).failure
    assert verdict(of, 1, [waiting("ErrImagePull", "no")], seen, 116.0, 116.0).failure


def test_a_container_that_runs_and_stays_unready_is_slow_and_one_that_was_ready_between_is_not() -> None:
    def running(ready: bool) -> dict[str, Any]:
        item = {"name": "app", "containerID": "c", "state": {"running": {}}, "ready": ready}
        return pod(phase="Running", containerStatuses=[item])

    seen, of = FirstSeen(), deployment(readyReplicas=0)
    assert not verdict(of, 1, [running(False)], seen, 0.0, 0.0).slow
    assert not verdict(of, 1, [running(False)], seen, SLOW_SECONDS - 1.0, 0.0).slow
    assert verdict(of, 1, [running(False)], seen, SLOW_SECONDS, 0.0).slow
    assert not verdict(of, 1, [running(True)], seen, SLOW_SECONDS + 1.0, 0.0).slow
    assert not verdict(of, 1, [running(False)], seen, SLOW_SECONDS + 2.0, 0.0).slow


def init(name: str, state: dict[str, Any], **last: Any) -> dict[str, Any]:
    return pod(phase="Pending", initContainerStatuses=[{"name": name, "state": state, "lastState": last}])


FAILED = {"terminated": {"exitCode": 1}}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (waiting("CrashLoopBackOff", restarts=1), True),
        (waiting("ErrImagePull"), True),
        (waiting("ContainerCreating"), False),
        (init("migrate", FAILED), True),
        (init("migrate", {"running": {}}, **FAILED), True),
        (init("migrate", {"running": {}}), False),
        (init("migrate", {"terminated": {"exitCode": 0}}, **FAILED), False),
        (init("of another image", FAILED), False),
        (pod(phase="Failed"), True),
    ],
)
def test_a_pod_is_stuck_when_no_file_sent_to_it_would_help(found: dict[str, Any], expected: bool) -> None:
    assert stuck(found, ["app:1"]) is expected
