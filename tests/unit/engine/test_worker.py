"""One resource kept up to date by its real thread, against an API on a real socket; only images are not built."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from scripts.engine.loop.events import Stopping
from scripts.engine.proof import judge, rollout
from scripts.engine.update import deploy
from scripts.kube.exec import Executed
from scripts.tiltfile.model import Link
from tests.unit.engine.live_cluster import RUNNING, until
from tests.unit.engine.worker_bench import SERVICE, TRACEBACK, Bench, sources_revision
from tests.unit.engine.worker_bench import bench as bench

CRASHES: dict[str, Any] = {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "ready": False, "restartCount": 3,
                           "lastState": {"terminated": {"exitCode": 1}}}  # fmt: skip


def test_a_save_is_sent_to_the_container_without_a_build(bench: Bench) -> None:
    bench.started()
    bench.save("app/a.py", "A = 2\n")
    bench.wait_for("rebuild", "sync")
    assert (bench.workshop.asked, bench.kube.ran[0][0]) == (1, "pod-1")


def test_an_edit_tells_how_long_its_pods_took_to_load_it_and_its_service_to_answer(bench: Bench) -> None:
    bench.serve_sources()
    bench.started(objects=(*bench.resource.objects, SERVICE))
    bench.save("app/a.py", "A = 2\n")
    until(lambda: bench.row()["here"] == sources_revision(bench.image), "the save has come")
    bench.serve_sources()
    bench.wait_for("rebuild", "sync")
    edit = bench.board.updates()[-1].stages
    assert list(edit)[-3:] == ["sync", "reload", "served"]
    assert all(seconds >= 0 for seconds in edit.values())


def test_a_build_that_failed_is_owed_at_the_next_save_whatever_that_changes(bench: Bench) -> None:
    bench.started()
    bench.workshop.fails = "no such package"
    bench.save("deps.txt", "one\ntwo\n")
    bench.becomes("error", "no such package")
    bench.workshop.fails = ""
    bench.save("app/a.py", "A = 2\n")
    bench.wait_for("rebuild", "rebuild")
    assert bench.cluster.applied[0] != bench.cluster.applied[1]


def test_a_container_that_restarts_while_a_build_is_owed_gets_what_was_sent_before(bench: Bench) -> None:
    bench.started()
    bench.save("app/a.py", "A = 2\n")
    bench.wait_for("rebuild", "sync")
    bench.workshop.fails = "no such package"
    bench.save("deps.txt", "one\ntwo\n")
    bench.becomes("error", "no such package")
    bench.turn(containerID="restarted")
    until(lambda: len(bench.kube.ran) == 2, "the file is sent again")
    bench.becomes("error", "no such package")
    assert bench.workshop.asked == 2


@pytest.mark.parametrize("packed", ["A = 3\n", None], ids=["other content", "nothing"])
def test_a_file_that_is_as_it_was_again_after_something_else_was_packed_is_sent_again(
    bench: Bench, packed: str | None
) -> None:
    bench.started()
    bench.save("app/a.py", "A = 2\n")
    bench.wait_for("rebuild", "sync")
    file = bench.context / "app/a.py"
    bench.kube.connects = lambda: file.unlink() if packed is None else file.write_text(packed)

    def put_back() -> Executed:
        bench.kube.ends = lambda: Executed(0, "", "")
        bench.save("app/a.py", "A = 2\n")
        return Executed(0, "", "")

    bench.kube.ends = put_back
    bench.turn(containerID="restarted")
    until(lambda: len(bench.kube.ran) == 3, "the file is sent again")
    bench.wait_for("rebuild", "sync", "sync")


def test_a_save_that_is_undone_while_the_image_is_built_is_undone_in_its_container(bench: Bench) -> None:
    bench.started()
    bench.workshop.open.clear()
    bench.save("deps.txt", "one\ntwo\n")
    until(lambda: bench.workshop.asked == 2, "it builds")
    bench.save("app/a.py", "A = 2\n")  # and Docker reads it
    bench.save("app/a.py", "A = 1\n")
    bench.workshop.open.set()
    bench.wait_for("rebuild", "rebuild")
    assert [pod for pod, _ in bench.kube.ran] == ["pod-2"]


def test_an_image_that_could_not_be_applied_is_applied_at_the_next_save(bench: Bench) -> None:
    bench.started()
    bench.cluster.refuse = lambda method, path: 403 if method == "PATCH" else None
    bench.save("deps.txt", "one\ntwo\n")
    bench.becomes("error", "refused by the test")
    bench.cluster.refuse = lambda method, path: None
    bench.save("app/a.py", "A = 2\n")
    bench.wait_for("rebuild", "rebuild")


def test_a_save_while_the_container_crashes_makes_a_new_image(bench: Bench) -> None:
    bench.started()
    bench.turn(**CRASHES)
    bench.save("app/a.py", "A = 2\n")
    bench.wait_for("rebuild", "rebuild")
    assert bench.kube.ran == []


def test_a_save_to_a_container_that_is_known_to_crash_only_later_makes_a_new_image(bench: Bench) -> None:
    bench.started()
    bench.turn(state={"terminated": {"exitCode": 0, "reason": "Completed"}}, ready=False)
    bench.save("app/a.py", "A = 2\n")
    until(lambda: bench.row()["here"] == sources_revision(bench.image), "the save has come")
    bench.turn(**CRASHES)
    bench.wait_for("rebuild", "rebuild")
    assert bench.kube.ran == []


def test_a_broken_save_taken_back_replaces_the_crashing_pod_of_the_same_image(bench: Bench) -> None:
    bench.started()
    bench.save("app/a.py", "A = (\n")
    bench.wait_for("rebuild", "sync")
    bench.turn(**CRASHES)
    bench.save("app/a.py", "A = 1\n")
    bench.wait_for("rebuild", "sync", "rebuild")
    assert bench.cluster.deleted == ["pod-1"]
    assert len(set(bench.cluster.applied)) == 1


@pytest.mark.parametrize("state", [RUNNING, {"waiting": {"reason": "CrashLoopBackOff"}}])
def test_a_save_while_an_init_container_of_the_image_fails_makes_a_new_image(
    bench: Bench, state: dict[str, Any]
) -> None:
    bench.started()
    waits: dict[str, Any] = {"state": {"waiting": {"reason": "PodInitializing"}}, "ready": False}
    bench.turn(**waits)
    bench.turn(init={"state": state, "lastState": {"terminated": {"exitCode": 1}}, "restartCount": 1})
    bench.save("app/migrations/2.py", "mended\n")
    bench.wait_for("rebuild", "rebuild")


def test_a_mistake_in_what_is_deployed_is_told_by_the_log_and_heals(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollout, "SLOW_SECONDS", 0.1)
    bench.cluster.starts = {"state": RUNNING, "ready": False}
    bench.cluster.say("INFO before", *TRACEBACK)
    bench.start()
    bench.becomes("error", "SyntaxError: invalid syntax (backend/app/a.py:3)")
    bench.turn(ready=True)
    bench.becomes("ok")


def test_what_a_pod_logs_before_its_apply_has_returned_explains_its_failure(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = deploy.apply

    def returns_late(*args: Any) -> Any:
        applied = apply(*args)
        until(lambda: any(line.text == TRACEBACK[-1] for line in bench.logs.after(0)), "the pod has logged")
        return applied

    monkeypatch.setattr(deploy, "apply", returns_late)
    monkeypatch.setattr(rollout, "SLOW_SECONDS", 0.1)
    bench.cluster.starts = {"state": RUNNING, "ready": False}
    bench.cluster.say(*TRACEBACK)
    bench.start()
    bench.becomes("error", "SyntaxError: invalid syntax (backend/app/a.py:3)")


def test_a_slow_start_without_an_error_is_waited_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout, "SLOW_SECONDS", 0.1)
    monkeypatch.setattr(judge, "ROLLOUT_POLL", 0.05)
    bench.cluster.starts = {"state": RUNNING, "ready": False}
    bench.cluster.say("INFO compiling")
    bench.start()
    bench.becomes("deploying", "not ready yet")
    bench.turn(ready=True)
    bench.becomes("ok")
    assert bench.actions() == ["rebuild"]


def test_a_reason_stays_until_it_has_healed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "SERVED_SECONDS", 0.5)
    bench.serve_sources()
    bench.started(objects=(*bench.resource.objects, SERVICE))
    bench.cluster.say(*TRACEBACK)
    until(lambda: any("SyntaxError" in line.text for line in bench.logs.after(0)), "the log is read")
    bench.kube.ends = lambda: Executed(0, *("\n".join(TRACEBACK), ""))
    bench.save("app/a.py", "A = (\n")
    bench.cluster.say(*TRACEBACK)
    bench.becomes("error", "SyntaxError: invalid syntax (backend/app/a.py:3)")
    seen: set[tuple[str | None, str]] = set()
    looks = 0

    def looked(method: str, path: str) -> None:
        nonlocal looks
        looks += path.endswith("/proxy/health")
        seen.add((bench.board.status("web"), bench.detail()))

    bench.cluster.refuse = looked
    until(lambda: looks > 20, "it was looked again")
    assert {status for status, _ in seen} == {"error"}
    assert len(seen) == 1
    bench.serve_sources()
    bench.becomes("ok")


def test_what_the_cluster_did_not_answer_is_done_when_it_answers(bench: Bench) -> None:
    bench.cluster.refuse = lambda method, path: 0 if method == "PATCH" or path == "/version" else None
    bench.start()
    bench.becomes("error", "no answer from the cluster")
    bench.cluster.refuse = lambda method, path: None
    bench.wait_for("rebuild")


def test_pods_that_cannot_be_brought_up_to_date_are_rebuilt(bench: Bench) -> None:
    bench.started()
    bench.save("app/a.py", "A = 2\n")
    bench.wait_for("rebuild", "sync")
    bench.kube.ends = lambda: Executed(127, "", "sh: not found")
    bench.turn(containerID="restarted")
    bench.wait_for("rebuild", "sync", "rebuild")


def test_a_new_image_that_does_not_help_is_told_and_not_tried_for_ever(bench: Bench) -> None:
    bench.started()
    bench.save("app/a.py", "A = 2\n")
    bench.wait_for("rebuild", "sync")
    bench.kube.ends = lambda: Executed(127, "", "sh: not found")
    bench.save("app/a.py", "A = 1\n")
    bench.becomes("error", "the update in place failed: the image lacks sh, dd or tar: sh: not found")
    assert bench.workshop.asked == 2


def test_a_command_that_hangs_does_not_hold_up_the_end_of_the_loop(bench: Bench) -> None:
    bench.started()
    over, before = threading.Event(), set(threading.enumerate())

    def hang() -> Executed:
        over.wait(10)
        return Executed(0, "", "")

    bench.kube.ends = hang
    bench.save("app/a.py", "A = 2\n")
    until(lambda: bench.kube.ran, "the command runs")
    assert [thread.name for thread in set(threading.enumerate()) - before if not thread.daemon] == []
    over.set()
    bench.wait_for("rebuild", "sync")


def test_a_command_that_failed_is_told_and_is_no_reason_to_build(bench: Bench) -> None:
    bench.started()
    bench.kube.ends = lambda: Executed(90, "", "no such table")
    bench.save("app/migrations/1.py", "x\n")
    bench.becomes("error", "`migrate` failed: no such table")
    assert bench.workshop.asked == 1


def test_links_and_labels_are_no_reason_to_build(bench: Bench) -> None:
    bench.started()
    bench.resource = replace(bench.resource, links=(Link("http://localhost"),), labels=("new",))
    bench.define()
    bench.save("app/a.py", "A = 2\n")
    bench.wait_for("rebuild", "sync")
    assert bench.worker and bench.worker.resource.labels == ("new",)


def test_a_changed_dockerfile_is_built_and_the_row_keeps_the_revision_of_the_files(bench: Bench) -> None:
    bench.started()
    bench.workshop.open.clear()
    bench.image = replace(bench.image, recipe="FROM another")
    bench.define()
    bench.becomes("building")
    assert bench.row()["here"] == sources_revision(bench.image)
    bench.workshop.open.set()
    bench.wait_for("rebuild", "rebuild")


def test_a_worker_told_to_stop_while_it_builds_applies_nothing(bench: Bench) -> None:
    bench.started()
    bench.workshop.open.clear()
    bench.save("deps.txt", "one\ntwo\n")
    until(lambda: bench.workshop.asked == 2, "it builds")
    bench.put(Stopping())
    bench.workshop.open.set()
    assert bench.worker
    bench.worker.join(10)
    assert len(bench.cluster.applied) == 1


def test_a_worker_told_to_stop_when_it_is_about_to_apply_applies_nothing(bench: Bench) -> None:
    bench.started()
    assert bench.worker
    with bench.worker.applying:
        bench.save("deps.txt", "one\ntwo\n")
        bench.becomes("deploying")
        bench.put(Stopping())
    bench.worker.join(10)
    assert len(bench.cluster.applied) == 1


def test_a_new_definition_ends_the_wait_for_what_it_no_longer_depends_on(bench: Bench) -> None:
    bench.start(resource_deps=("database",))
    bench.becomes("waiting", "for database")
    bench.resource = replace(bench.resource, resource_deps=())
    bench.define()
    bench.wait_for("rebuild")
