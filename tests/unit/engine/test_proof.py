"""Whether what was deployed is served, and why not, against an API on a real socket."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scripts.engine.proof.judge import Judgement, Seen, judge
from scripts.engine.proof.prover import Instruments, Prover
from scripts.engine.proof.rollout import Verdict
from scripts.kube.mirror import Mirror
from scripts.kube.pod import Object
from scripts.tiltfile.model import Sync
from tests.unit.engine.live_cluster import RUNNING, until
from tests.unit.engine.worker_bench import OUTSIDE, SERVICE, TRACEBACK, Bench, sources_revision
from tests.unit.engine.worker_bench import bench as bench


def test_a_resource_is_green_when_its_service_tells_the_revision_of_the_sources(bench: Bench) -> None:
    bench.cluster.revision = "another"
    bench.start(objects=(*bench.resource.objects, SERVICE))
    until(lambda: any(path.endswith("/proxy/health") for path in bench.asked()), "the service was asked")
    assert bench.board.status("web") == "deploying"
    bench.serve_sources()
    bench.becomes("ok")
    assert bench.row()["revision"] == bench.cluster.revision
    assert bench.cluster.deleted == []


def test_an_object_whose_namespace_is_null_is_one_of_the_default_namespace(bench: Bench) -> None:
    bench.serve_sources()
    web: dict[str, Any] = {**bench.resource.objects[0], "metadata": {"name": "web", "namespace": None}}
    bench.mirror.watch(["default"])
    bench.started(objects=(web, {**SERVICE, "metadata": {"name": "web", "namespace": None}}))
    assert bench.row()["revision"] == bench.cluster.revision
    assert [path for path in bench.asked() if "None" in path] == []


def test_pods_from_before_the_loop_that_serve_something_else_are_replaced_once(bench: Bench) -> None:
    bench.serve_sources()
    bench.started(objects=(*bench.resource.objects, SERVICE))
    bench.end_worker()
    bench.cluster.revision = "of files that another loop has sent"
    bench.start_worker()
    until(lambda: bench.cluster.deleted == ["pod-1"], "the pod was replaced")
    bench.serve_sources()
    bench.wait_for("rebuild", "rebuild")
    assert bench.cluster.deleted == ["pod-1"]


def test_pods_are_not_asked_where_none_has_the_port_of_the_service(bench: Bench) -> None:
    bench.serve_sources()
    named = {**SERVICE, "spec": {"ports": [{"port": 80, "targetPort": "http"}]}}
    bench.started(objects=(*bench.resource.objects, named))
    asked = [path for path in bench.asked() if path.endswith("/proxy/health")]
    assert asked and [path for path in asked if "/pods/" in path] == []


def test_of_a_workload_that_is_described_without_replicas_nothing_has_to_answer(bench: Bench) -> None:
    web = {**bench.resource.objects[0], "spec": {"replicas": 0}}

    class Scaled(Mirror):
        def get(self, kind: str, namespace: str, name: str) -> Object | None:
            return {**web, "metadata": {**web["metadata"], "uid": "web"}}

    mirror = Scaled(bench.kube, lambda: None)
    prover = Prover(replace(bench.resource, objects=(web, OUTSIDE)), Instruments(bench.kube, mirror, bench.logs, str))
    modules = frozenset({"/src/a.ts"})
    assert prover.look([("newest", "web:1")], modules) == (Judgement(served=True), modules)
    assert not prover.reloads()


def test_nothing_is_green_while_a_save_is_on_its_way_to_the_worker(bench: Bench) -> None:
    bench.serve_sources()
    bench.on_their_way = {bench.context / "app/a.py"}
    bench.start(objects=(*bench.resource.objects, SERVICE))
    bench.becomes("deploying", "saved again")
    bench.save("app/a.py", "A = 2\n")
    bench.on_their_way = {bench.context.parent / "elsewhere"}
    until(lambda: bench.row()["here"] == sources_revision(bench.image), "the save has come")
    questions = len(bench.asked())
    until(lambda: len(bench.asked()) > questions + 2, "the answers were judged")
    assert bench.board.status("web") in ("deploying", "updating")
    bench.serve_sources()
    bench.becomes("ok")
    assert bench.row()["revision"] == sources_revision(bench.image)


def test_the_reason_in_the_log_is_waited_for_when_a_pod_does_not_start(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.engine.proof.judge.EXPLAIN_SECONDS", 60)
    bench.cluster.starts = {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "ready": False, "restartCount": 2,
                            "lastState": {"terminated": {"exitCode": 3}}}  # fmt: skip
    bench.start()
    bench.becomes("deploying", "it does not start")
    bench.cluster.say(*TRACEBACK)
    bench.becomes("error", "keeps ending with exit status 3 (2 restarts): SyntaxError: invalid syntax")


def test_a_pod_that_does_not_start_and_says_nothing_is_told_all_the_same(bench: Bench) -> None:
    bench.cluster.starts = {"state": {"waiting": {"reason": "InvalidImageName", "message": "bad"}}, "ready": False}
    bench.start()
    bench.becomes("error", ": InvalidImageName: bad")
    bench.cluster.turn(state=RUNNING, ready=True)
    bench.becomes("ok")


def test_pods_that_begin_to_crash_later_are_told_without_a_revision_to_miss(bench: Bench) -> None:
    bench.started()
    bench.cluster.turn(state={"waiting": {"reason": "CrashLoopBackOff"}}, ready=False, restartCount=2)
    bench.becomes("error", "CrashLoopBackOff")
    bench.cluster.turn(state=RUNNING, ready=True)
    bench.becomes("ok")


def test_a_module_that_does_not_compile_is_red_until_it_does(bench: Bench) -> None:
    resource = replace(bench.resource, objects=(OUTSIDE,))
    prover = Prover(resource, Instruments(bench.kube, bench.mirror, bench.logs, str))
    prover.begin([Sync(bench.context / "src", "/app/src")])
    bench.cluster.revision = "any"
    modules = frozenset({"/src/a.ts", "/src/b.ts"})
    bench.cluster.refuse = lambda method, path: 500 if path.endswith("/src/a.ts") else None
    bench.logs.add("web", "[vite] Internal server error: Unexpected token")
    found, compiled = prover.look([], modules)
    assert (found.failure, found.detail) == ("", "/src/a.ts does not compile")  # the log has not said where
    bench.logs.add("web", "  at src/a.ts:3:7")
    found, compiled = prover.look([], modules)
    assert (found.failure, found.heals) == ("Unexpected token (backend/src/a.ts:3)", False)
    assert compiled == frozenset({"/src/b.ts"})
    bench.cluster.refuse = lambda method, path: None
    found, compiled = prover.look([], modules - compiled)
    assert (found.served, compiled) == (True, frozenset({"/src/a.ts"}))


def test_a_module_that_did_not_compile_already_before_the_start_is_red(bench: Bench) -> None:
    (bench.context / "app/page.ts").write_text("const page = (;\n")
    bench.serve_sources()
    bench.cluster.refuse = lambda method, path: 500 if path.endswith("/app/page.ts") else None
    bench.start(objects=(*bench.resource.objects, OUTSIDE))
    bench.becomes("error", "/app/page.ts does not compile")
    bench.cluster.refuse = lambda method, path: None
    bench.save("app/page.ts", "const page = 1;\n")
    bench.serve_sources()
    bench.becomes("ok")


def test_a_module_that_is_saved_while_a_build_is_owed_is_red_if_it_does_not_compile(bench: Bench) -> None:
    bench.serve_sources()
    bench.started(objects=(*bench.resource.objects, OUTSIDE))
    bench.workshop.fails = "no such package"
    bench.save("deps.txt", "one\ntwo\n")
    bench.becomes("error", "no such package")
    bench.workshop.fails = ""
    bench.cluster.refuse = lambda method, path: 500 if path.endswith("/app/page.ts") else None
    bench.save("app/page.ts", "const page = (;\n")
    bench.serve_sources()
    bench.becomes("error", "/app/page.ts does not compile")


def test_a_revision_that_does_not_load_is_told_at_once_when_its_service_says_so(bench: Bench) -> None:
    served = Seen(0.1, rollout=Verdict(done=True), expected="b", answers={"pod": "a"}, reason="SyntaxError (a.py:3)")
    assert not judge("web", served).failure
    assert judge("web", replace(served, refused=True)).failure == "SyntaxError (a.py:3)"
    assert judge("web", replace(served, refused=True, reason="")).failure == "revision b does not load"


def test_what_a_service_says_of_a_revision_that_does_not_load_is_in_the_row(bench: Bench) -> None:
    bench.cluster.revision = "another"
    bench.start(objects=(*bench.resource.objects, SERVICE))
    until(lambda: any(path.endswith("/proxy/health") for path in bench.asked()), "the service was asked")
    bench.cluster.say(f"reload: {sources_revision(bench.image)} does not load; the code before it goes on serving")
    bench.becomes("error", "does not load")
    bench.serve_sources()
    bench.becomes("ok")
