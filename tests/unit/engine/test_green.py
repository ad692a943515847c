"""What made green lie or lost a save once: one resource with its real thread, against an API on a real socket."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest

from scripts.engine.loop.events import FilesChanged, Pressed
from scripts.engine.loop.loop import Loop
from scripts.engine.loop.settle import settle
from scripts.engine.proof.prover import Instruments, Prover
from scripts.engine.proof.warning import WarningEvents
from scripts.engine.record.board import Board
from scripts.kube.exec import TIMED_OUT, Executed
from scripts.kube.pod import Object
from tests.unit.engine.live_cluster import NAMESPACE, RUNNING, until
from tests.unit.engine.worker_bench import SERVICE, Bench, sources_revision
from tests.unit.engine.worker_bench import bench as bench

CRASHES: dict[str, Any] = {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "ready": False, "restartCount": 3,
                           "lastState": {"terminated": {"exitCode": 1}}}  # fmt: skip
INVALID = {"waiting": {"reason": "InvalidImageName", "message": "nope"}}


def test_a_file_saved_again_while_it_is_sent_is_sent_again(bench: Bench) -> None:
    bench.started()
    sending, go_on = threading.Event(), threading.Event()

    def slowly() -> Executed:
        sending.set()
        assert go_on.wait(10)
        return Executed(0, "", "")

    bench.kube.ends = slowly
    bench.save("app/a.py", "A = 2\n")
    assert sending.wait(10)
    bench.save("app/a.py", "A = 3\n")
    bench.kube.ends = lambda: Executed(0, "", "")
    go_on.set()
    until(lambda: len(bench.kube.ran) == 2, "both saves are sent")
    bench.becomes("ok")


def test_a_save_that_the_archive_had_already_is_not_sent_twice(bench: Bench) -> None:
    bench.started()
    bench.save("app/a.py", "A = 2\n")
    bench.wait_for("rebuild", "sync")
    bench.save("app/a.py", "A = 2\n")
    bench.save("app/b.py", "B = 1\n")
    bench.wait_for("rebuild", "sync", "sync")
    assert len(bench.kube.ran) == 2


def test_a_file_deleted_while_another_is_sent_is_removed_in_the_container(bench: Bench) -> None:
    bench.started()
    bench.save("app/b.py", "B = 1\n")
    bench.wait_for("rebuild", "sync")
    sending, go_on = threading.Event(), threading.Event()

    def slowly() -> Executed:
        sending.set()
        assert go_on.wait(10)
        return Executed(0, "", "")

    bench.kube.ends = slowly
    bench.save("app/a.py", "A = 2\n")
    assert sending.wait(10)
    (bench.context / "app/b.py").unlink()
    bench.touched("app/b.py")
    bench.kube.ends = lambda: Executed(0, "", "")
    go_on.set()
    until(lambda: any("rm -rf -- /app/app/b.py" in script for _, script in bench.kube.ran), "it is removed")
    bench.becomes("ok")


def test_a_workload_without_images_of_ours_is_watched(bench: Bench) -> None:
    bench.started(images=())
    bench.turn(state=INVALID, ready=False)
    bench.becomes("error", "InvalidImageName: nope")
    bench.turn(state=RUNNING, ready=True)
    bench.becomes("ok")


def test_a_pod_that_is_no_longer_ready_is_not_green(bench: Bench) -> None:
    bench.started()
    bench.turn(ready=False)
    bench.becomes("deploying", "not ready yet")
    bench.turn(ready=True)
    bench.becomes("ok")


def test_a_failed_command_is_repeated_with_the_save_of_another_file(bench: Bench) -> None:
    bench.started()
    bench.kube.ends = lambda: Executed(90, "", "no such table")
    bench.save("app/migrations/1.py", "x\n")
    bench.becomes("error", "`migrate` failed: no such table")
    bench.kube.ends = lambda: Executed(0, "", "")
    bench.save("app/a.py", "A = 2\n")
    bench.becomes("ok")
    # Late news of the cluster may have repeated it before the save did.
    assert sum("migrate" in script for _, script in bench.kube.ran) > 1


def test_a_failed_command_is_repeated_when_what_it_needs_is_green_again(bench: Bench) -> None:
    bench.board.define("db")
    bench.board.set("db", "ok")
    bench.started(resource_deps=("db",))
    bench.board.set("db", "error", "away")
    bench.kube.ends = lambda: Executed(90, "", "PostgreSQL does not answer")
    bench.save("app/migrations/1.py", "x\n")
    bench.becomes("error", "PostgreSQL does not answer")
    bench.kube.ends = lambda: Executed(0, "", "")
    bench.board.set("db", "ok")
    bench.becomes("ok")
    runs = ["migrate" in script for _, script in bench.kube.ran]
    assert len(runs) > 1 and all(runs)


def test_a_command_that_did_not_end_is_repeated_and_its_files_are_sent_again(bench: Bench) -> None:
    bench.started()
    bench.kube.ends = lambda: Executed(TIMED_OUT, "", "no end")
    bench.save("app/migrations/1.py", "x\n")
    bench.becomes("error", "`migrate` did not end within")
    bench.kube.ends = lambda: Executed(0, "", "")
    bench.turn(ready=False)
    bench.turn(ready=True)
    bench.becomes("ok")
    assert len(bench.kube.ran) > 1
    assert {("tar" in script, "migrate" in script) for _, script in bench.kube.ran} == {(True, True)}


def test_a_command_that_succeeded_is_not_repeated(bench: Bench) -> None:
    bench.started()
    bench.save("app/migrations/1.py", "x\n")
    bench.wait_for("rebuild", "run")
    bench.save("app/a.py", "A = 2\n")
    bench.wait_for("rebuild", "run", "sync")
    assert [("migrate" in script) for _, script in bench.kube.ran] == [True, False]


def test_a_deleted_workload_is_named_and_comes_back_with_the_next_save(bench: Bench) -> None:
    bench.started()
    bench.cluster.delete("Deployment", "web")
    bench.becomes("error", "Deployment web is not in the cluster")
    bench.save("app/a.py", "A = 2\n")
    bench.wait_for("rebuild", "rebuild")


def test_a_deleted_workload_comes_back_by_its_button(bench: Bench) -> None:
    bench.started()
    bench.cluster.delete("Deployment", "web")
    bench.becomes("error", "Deployment web is not in the cluster")
    bench.put(Pressed())
    bench.wait_for("rebuild", "rebuild")


def test_a_deleted_workload_that_somebody_else_makes_again_is_green_by_itself(bench: Bench) -> None:
    bench.started()
    bench.save("deps.txt", "one\ntwo\n")
    bench.wait_for("rebuild", "rebuild")
    before = bench.cluster.objects["Deployment", "web"]
    bench.cluster.delete("Deployment", "web")
    bench.becomes("error", "Deployment web is not in the cluster")
    bench.cluster.apply({key: before[key] for key in ("apiVersion", "kind", "metadata", "spec")})
    bench.becomes("ok")


def test_a_workload_that_never_appears_is_an_error(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.engine.proof.judge.GONE_SECONDS", 0.2)
    bench.resource.objects[0]["metadata"]["namespace"] = "elsewhere"
    bench.start()
    bench.becomes("error", "Deployment web is not in the cluster")


def test_a_workload_scaled_to_zero_is_named_and_deployed_again_by_its_button(bench: Bench) -> None:
    bench.started()
    bench.cluster.change("Deployment", "web", replicas=0)
    bench.becomes("error", "Deployment web is scaled to 0 replicas, 1 are described")
    bench.put(Pressed())
    bench.wait_for("rebuild", "rebuild")


def test_the_pods_of_a_stateful_set_that_are_stuck_on_an_older_revision_are_found(bench: Bench) -> None:
    meta = {"namespace": NAMESPACE, "uid": "set", "generation": 1}
    workload = {"kind": "StatefulSet", "metadata": {**meta, "name": "db"}, "spec": {},
                "status": {"updateRevision": "db-2"}}  # fmt: skip
    waiting = {"name": "db", "state": {"waiting": {"reason": "ImagePullBackOff"}}}
    labels, owners = {"controller-revision-hash": "db-1"}, [{"uid": "set"}]
    pod = {"metadata": {"namespace": NAMESPACE, "name": "db-0", "uid": "pod", "labels": labels,
                        "ownerReferences": owners},
           "spec": {"containers": []}, "status": {"containerStatuses": [waiting]}}  # fmt: skip

    class Both(type(bench.mirror)):  # type: ignore[misc]  # the mirror, with these two
        def all(self, kind: str, namespace: str = "") -> list[Object]:
            return [pod] if kind == "Pod" else []

        def get(self, kind: str, namespace: str, name: str) -> Object | None:
            return workload if kind == "StatefulSet" else None

    mirror = Both(bench.kube, lambda: None)
    resource = bench.resource.__class__("db", objects=(workload,))
    prover = Prover(resource, Instruments(bench.kube, mirror, bench.logs, str))
    assert prover.pods() == []
    assert prover.stuck([]) == [pod]


@pytest.mark.parametrize("status", [0, 429, 500, 503, 504])
def test_a_request_that_the_cluster_could_not_answer_is_repeated(bench: Bench, status: int) -> None:
    bench.cluster.refuse = lambda method, path: status if method == "PATCH" else None
    bench.start()
    bench.becomes("error", "could not apply Deployment web")
    bench.cluster.refuse = lambda method, path: None
    bench.wait_for("rebuild")


def test_each_pod_is_asked_for_its_revision(bench: Bench) -> None:
    bench.serve_sources()
    bench.started(objects=(*bench.resource.objects, SERVICE))
    asked = [path for path in bench.asked() if path.endswith("/proxy/health")]
    assert any("/pods/pod-1:80/" in path for path in asked)
    assert any("/services/web:80/" in path for path in asked)
    assert bench.cluster.revision == sources_revision(bench.image)


def test_a_pod_with_older_code_behind_a_service_with_newer_code_is_not_green(bench: Bench) -> None:
    bench.serve_sources()
    bench.cluster.refuse = lambda method, path: 503 if "/pods/pod-1:80/proxy" in path else None
    bench.start(objects=(*bench.resource.objects, SERVICE))
    until(lambda: sum("/pods/pod-1:80/proxy" in path for path in bench.asked()) > 3, "the pod is asked")
    assert bench.board.status("web") != "ok"
    bench.cluster.refuse = lambda method, path: None
    bench.becomes("ok")


def test_pods_that_a_quota_refuses_are_named_by_the_cluster_s_own_words(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.engine.proof.rollout.REPLICA_FAILURE_SECONDS", 0.1)
    bench.started()
    refused = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: none"}
    bench.cluster.change("Deployment", "web", conditions=[refused])
    bench.becomes("error", "Deployment web cannot create its pods: exceeded quota: none")
    bench.cluster.change("Deployment", "web", conditions=[])
    bench.becomes("ok")


def test_what_does_not_come_up_is_explained_by_the_cluster_s_warnings(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.engine.proof.judge.WARNING_SECONDS", 0.1)
    monkeypatch.setattr("scripts.engine.proof.judge.ROLLOUT_POLL", 0.05)
    bench.cluster.warnings = [{"reason": "FailedMount", "message": 'secret "x" not found', "lastTimestamp": "1",
                               "involvedObject": {"kind": "Pod", "name": "pod-1"}}]  # fmt: skip
    bench.cluster.starts = {"state": {"waiting": {"reason": "ContainerCreating"}}, "ready": False}
    bench.start()
    bench.becomes("error", 'Pod pod-1: FailedMount: secret "x" not found')
    bench.turn(state=RUNNING, ready=True)
    bench.becomes("ok")


class OneRun:
    """As much of a loop as a single run waits for."""

    def __init__(self, board: Board) -> None:
        self.board = board

    def automatic(self) -> list[str]:
        return ["web"]


def test_a_single_run_waits_for_what_heals_and_not_for_what_does_not(bench: Bench) -> None:
    bench.board.define("web")
    loop = cast(Loop, OneRun(bench.board))
    bench.board.set("web", "error", "slow", heals=True)
    settle(loop, lambda text: None, 0.0)
    assert bench.board.status("web") == "error"
    waiting = threading.Thread(target=settle, args=(loop, lambda text: None, 600.0), daemon=True)
    waiting.start()
    bench.board.set("web", "ok")
    waiting.join(10)
    assert not waiting.is_alive()
    bench.board.set("web", "error", "broken", heals=False)
    settle(loop, lambda text: None, 600.0)


def test_a_single_run_ends_when_all_that_is_left_waits_for_a_button(bench: Bench) -> None:
    for name in ("web", "job"):
        bench.board.define(name)
    bench.board.set("job", "idle", "starts by its button")
    bench.board.set("web", "waiting", "for job")
    settle(cast(Loop, OneRun(bench.board)), lambda text: None, 0.0)
    assert bench.board.unfinished(["web"]) == [("web", "waiting (for job)")]
    bench.board.set("web", "deploying")
    assert bench.board.unfinished(["web"]) == bench.board.busy() == [("web", "deploying")]


def test_a_loop_that_lost_its_lease_changes_nothing(bench: Bench) -> None:
    bench.lost = "another loop took over this cluster"
    bench.start()
    bench.becomes("error", "another loop took over this cluster")
    assert (bench.workshop.asked, bench.cluster.applied) == (0, [])


def refuses_one_deletion(bench: Bench) -> None:
    refusals = [503]
    bench.cluster.refuse = lambda method, path: refusals.pop() if method == "DELETE" and refusals else None


def test_an_apply_that_is_tried_again_applies_the_image_that_was_built(bench: Bench) -> None:
    bench.started()
    bench.turn(**CRASHES)
    refuses_one_deletion(bench)
    bench.put(Pressed())
    until(lambda: len(bench.cluster.applied) == 3, "it is applied again")
    assert len(set(bench.cluster.applied)) == 1


def test_a_pod_whose_deletion_failed_is_deleted_later(bench: Bench) -> None:
    bench.started()
    bench.save("app/a.py", "A = (\n")
    bench.wait_for("rebuild", "sync")
    bench.turn(**CRASHES)
    refuses_one_deletion(bench)
    bench.save("app/a.py", "A = 1\n")
    until(lambda: bench.cluster.deleted == ["pod-1"], "it is deleted at last")


def test_a_warning_that_an_object_got_over_is_no_reason(bench: Bench) -> None:
    about = {"kind": "Pod", "name": "pod-1"}
    failed = {"reason": "FailedMount", "message": "timed out", "lastTimestamp": "2030-01-01T00:00:00Z",
              "involvedObject": about}  # fmt: skip
    pod = {"metadata": {"name": "pod-1", "uid": "pod-1", "namespace": NAMESPACE}}
    bench.cluster.warnings = [failed]
    assert WarningEvents(bench.kube).latest([pod], 100.0) == "Pod pod-1: FailedMount: timed out"
    started = {**failed, "reason": "Started", "lastTimestamp": "2030-01-01T00:00:09Z"}
    bench.cluster.warnings = [started, failed]
    assert WarningEvents(bench.kube).latest([pod], 100.0) == ""


NODE = {**SERVICE, "spec": {"ports": [{"port": 80, "nodePort": 1}]}}


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, bench: Bench) -> None:
    """The resource has a NodePort, at which it answers as through its Service."""
    answer = "scripts.engine.proof.endpoint.revision_via_url"
    monkeypatch.setattr(answer, lambda url, timeout=2: bench.cluster.revision)
    bench.serve_sources()
    bench.started(objects=(*bench.resource.objects, NODE))


def test_a_module_that_changes_together_with_a_dependency_must_compile(bench: Bench, page: None) -> None:
    bench.cluster.refuse = lambda method, path: 500 if path.endswith("x.tsx") else None
    (bench.context / "deps.txt").write_text("two\n")
    (bench.context / "app/x.tsx").write_text("broken(\n")
    bench.serve_sources()
    bench.put(FilesChanged(frozenset({bench.context / "deps.txt", bench.context / "app/x.tsx"}), 1.0))
    bench.becomes("error", "/app/x.tsx does not compile")


def test_a_module_that_was_slow_to_answer_heals(bench: Bench, page: None) -> None:
    bench.cluster.refuse = lambda method, path: 503 if path.endswith("x.tsx") else None
    (bench.context / "app/x.tsx").write_text("fine\n")
    bench.serve_sources()
    bench.touched("app/x.tsx")
    bench.becomes("error", "does not compile")
    bench.cluster.refuse = lambda method, path: None
    bench.becomes("ok")


def test_old_news_of_a_dependency_does_not_win(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.board.define("db")
    bench.board.set("db", "ok")
    bench.started(resource_deps=("db",))
    status, read, go_on = bench.board.status, threading.Event(), threading.Event()

    def slowly(name: str) -> Any:
        found = status(name)
        if threading.current_thread().name == "slow" and name == "db":
            read.set()
            assert go_on.wait(10)
        return found

    monkeypatch.setattr(bench.board, "status", slowly)
    slow = threading.Thread(target=bench.board.set, args=("db", "error", "away"), name="slow", daemon=True)
    slow.start()
    assert read.wait(10)
    fast = threading.Thread(target=bench.board.set, args=("db", "ok"), daemon=True)
    fast.start()
    go_on.set()
    for thread in (slow, fast):
        thread.join(10)
    assert bench.worker is not None
    assert bench.worker._missing == ()


def test_a_mistake_in_handing_on_a_change_does_not_end_the_mirror(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.kube.mirror.RETRY_SECONDS", 0.02)
    bench.started()
    assert bench.worker is not None
    follow, errors = bench.worker._tools.pod_logs.follow, [RuntimeError("can't start new thread")]

    def once(*arguments: Any) -> None:
        if errors and threading.current_thread().name.startswith("watch Pod"):
            raise errors.pop()
        follow(*arguments)

    monkeypatch.setattr(bench.worker._tools.pod_logs, "follow", once)
    bench.cluster.turn(ready=True)
    until(lambda: not errors, "it was raised")
    bench.cluster.turn(ready=False)
    bench.becomes("deploying", "not ready yet")
