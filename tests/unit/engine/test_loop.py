"""The loop: what is started, built and run after each kind of save, and what a mistake in a file shows."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.engine.loop.loop import TILTFILE
from scripts.engine.loop.worker import K8sWorker
from scripts.engine.page.watch import announce_green
from scripts.files.watch import Watcher
from tests.ports import closed_port
from tests.unit.engine.live_cluster import until
from tests.unit.engine.loop_bench import DEADLINE_SECONDS, DEPLOYMENT, RULES, SETTINGS, Bench

MORE = """
apiVersion: v1
kind: ConfigMap
metadata: {{name: {}}}
"""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    (tmp_path / "web").mkdir()
    (tmp_path / "web/Dockerfile").write_text("FROM one\n")
    (tmp_path / "one.txt").write_text("1")
    (tmp_path / "all.yaml").write_text(DEPLOYMENT + SETTINGS)
    (tmp_path / "Tiltfile").write_text(RULES)
    made = Bench(tmp_path)
    yield made
    made.loop.stop()


@pytest.fixture
def watched(bench: Bench) -> Bench:
    bench.loop.start(stays=True)
    bench.is_green()
    return bench


@pytest.fixture
def evaluating(watched: Bench) -> Bench:
    """Its Tiltfile is being evaluated, until the file `busy` is removed."""
    watched.write("busy", "1")
    watched.write("Tiltfile", RULES + "local('touch held; while [ -e busy ]; do sleep 0.05; done')\n")
    until((watched.folder / "held").exists, "the new Tiltfile is evaluated")  # not the first one once more
    return watched


@pytest.fixture
def deaf(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """All its file events are lost."""
    monkeypatch.setattr(Watcher, "on_any_event", lambda self, event: None)
    bench.loop.start(stays=True)
    return bench


def test_nobody_sees_all_green_before_every_resource_is_known(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[str]] = []

    def look() -> None:
        rows = bench.board.snapshot()["resources"]
        if all(row["status"] == "ok" for row in rows):
            seen.append({row["name"] for row in rows})

    monkeypatch.setattr(bench.board, "_on_change", look)
    bench.loop.start(stays=True)
    bench.is_green()
    assert seen and all(names == {TILTFILE, "test", "uncategorized", "web"} for names in seen)


def test_a_resource_that_only_its_button_starts_is_never_work_that_waits(
    watched: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def look() -> None:
        seen.extend(row["status"] for row in watched.board.snapshot()["resources"] if row["name"] == "later")

    monkeypatch.setattr(watched.board, "_on_change", look)
    watched.write("Tiltfile", RULES + "local_resource('later', 'touch later', auto_init=False)\n")
    watched.until(lambda: watched.row("later").get("status") == "idle")
    assert set(seen) == {"idle"}


def test_what_a_saved_setting_lets_start_by_itself_starts(bench: Bench) -> None:
    text = RULES + (
        "config.define_bool('all')\non = config.parse().get('all', False)\nk8s_resource('web', auto_init=on)\n"
        "local_resource('later', 'echo tested', auto_init=on)\n"
    )
    (bench.folder / "Tiltfile").write_text(text)
    bench.loop.environment = bench.evaluate()
    bench.loop.start(stays=True)
    bench.until(lambda: bench.row("web").get("status") == bench.row("later").get("status") == "idle")
    bench.write("tilt_config.json", '{"all": true}')
    bench.until(lambda: [update.why for update in bench.board.updates()].count("first start") == 4)
    bench.is_green()


def test_what_is_served_is_announced_after_a_first_start_that_failed(bench: Bench) -> None:
    (bench.folder / "Tiltfile").write_text(RULES.replace("echo tested", "exit 1"))
    bench.loop.environment = bench.evaluate()
    bench.loop.start(stays=True)
    told: list[str] = []
    steps = Steps()
    steps.on_line = told.append
    waiting = threading.Thread(target=announce_green, args=(bench.loop, steps, "http://x"), daemon=True)
    waiting.start()
    bench.until(lambda: bench.row("test").get("status") == "error" and bench.row("web")["status"] == "ok")
    assert told == []
    bench.write("Tiltfile", RULES)
    waiting.join(DEADLINE_SECONDS)
    assert [line.partition(" after")[0] for line in told[:1]] == ["The app is at http://x"]


def test_a_saved_dependency_rebuilds_and_a_saved_dep_file_runs(watched: Bench) -> None:
    watched.write("web/extra", "1")
    watched.until(lambda: len(watched.builds.recipes) == 2)
    watched.write("one.txt", "2")
    watched.until(lambda: watched.runs() == 2)
    watched.is_green()


def test_a_save_of_a_dep_that_was_added_while_the_command_runs_runs_it_again(watched: Bench) -> None:
    held = RULES.replace("echo tested", "echo tested; while [ -e busy ]; do sleep 0.05; done")
    watched.write("busy", "1")
    watched.write("Tiltfile", held)
    watched.until(lambda: watched.row("test")["status"] == "running")
    watched.write("Tiltfile", held.replace("['one.txt']", "['two.txt']"))
    watched.until(lambda: "two.txt" in str(watched.loop.environment) and watched.row(TILTFILE)["status"] == "ok")
    watched.write("two.txt", "2")
    watched.write("web/extra", "1")
    watched.until(lambda: len(watched.builds.recipes) == 2)  # so the loop has heard of the save before
    (watched.folder / "busy").unlink()
    watched.until(lambda: [update.why for update in watched.board.updates() if update.why == "two.txt changed"] != [])


def test_nobody_sees_green_while_a_save_waits_for_the_tiltfile(evaluating: Bench) -> None:
    evaluating.write("web/extra", "1")
    evaluating.until(
        lambda: evaluating.row("web")["status"] == "deploying" and evaluating.row("web")["detail"] == "saved again"
    )
    assert len(evaluating.builds.recipes) == 1
    (evaluating.folder / "busy").unlink()
    evaluating.until(lambda: len(evaluating.builds.recipes) == 2)
    evaluating.is_green()


def test_a_save_that_waits_for_a_tiltfile_that_no_longer_needs_it_leaves_the_row_green(evaluating: Bench) -> None:
    evaluating.write(".tiltignore", "web/extra\n")
    evaluating.write("web/extra", "1")
    evaluating.until(lambda: evaluating.row("web")["detail"] == "saved again")
    (evaluating.folder / "busy").unlink()
    evaluating.until(lambda: evaluating.row(TILTFILE)["detail"].startswith(".tiltignore"))
    evaluating.is_green()


def test_a_command_that_never_ends_is_ended_with_its_resource_and_lets_others_run(watched: Bench) -> None:
    later = "local_resource('later', 'echo later', resource_deps=['test'])\n"
    watched.write("Tiltfile", RULES + "local_resource('endless', 'echo on; tail -f /dev/null; echo after')\n")
    watched.until(lambda: watched.row("endless").get("status") == "running")
    again = RULES + "local_resource('endless', 'echo again; tail -f /dev/null; echo after')\n"
    watched.write("Tiltfile", again)
    watched.until(lambda: any(line.text == "again" for line in watched.logs.after(0, "endless")))
    watched.write("Tiltfile", again + later)
    watched.until(lambda: watched.row("later").get("detail") == "first start: for endless")
    watched.write("Tiltfile", RULES + later)
    watched.until(lambda: watched.row("later")["status"] == "ok" and not watched.row("endless"))


def test_a_button_comes_and_goes_with_the_tiltfile_and_waits_for_no_local_resource(watched: Bench) -> None:
    place = "v1alpha1.ui_component_location(component_id='nav', component_type='Global')"
    button = f"v1alpha1.ui_button(name='wipe', location={place}, text='Delete all', requires_confirmation=True)\n"
    button += (
        "v1alpha1.cmd(name='wipe', args=['touch', 'wiped'], start_on=v1alpha1.start_on_spec(ui_buttons=['wipe']))\n"
    )
    busy = "local_resource('busy', 'while [ ! -e wiped ]; do sleep 0.05; done')\n"
    watched.write("Tiltfile", RULES + busy + button)
    watched.until(lambda: watched.row("busy").get("status") == "running" and bool(watched.row("wipe")))
    row = watched.row("wipe")
    assert (row["kind"], row["status"], row["about"], row["asks"]) == ("command", "idle", "Delete all", "Delete all?")
    assert watched.loop.trigger("wipe")
    watched.until(lambda: watched.row("wipe")["status"] == watched.row("busy")["status"] == "ok")
    watched.write("Tiltfile", RULES)
    watched.until(lambda: not watched.row("wipe"))


@pytest.mark.parametrize(
    ("name", "broken", "words"),
    [
        ("Tiltfile", b"x = 1\n# \xe4\n", ("/Tiltfile:2: there is a byte that is not UTF-8",)),
        (".tiltignore", b"[z-a]\n", ("/.tiltignore:1: [z-a] is not a valid pattern",)),
        ("web/.dockerignore", b"*\n[z-a]\n", ("/web/.dockerignore:2: [z-a] is not a valid pattern",)),
        ("all.yaml", DEPLOYMENT.replace("template", "template_").encode(), ("Tiltfile:2", "web has no containers")),
    ],
)
def test_a_mistake_in_a_file_is_shown_with_its_place_and_the_next_save_is_heard(
    watched: Bench, name: str, broken: bytes, words: tuple[str, ...]
) -> None:
    before = (watched.folder / name).read_text() if (watched.folder / name).exists() else ""
    (watched.folder / name).write_bytes(broken)
    watched.is_red(*words)
    watched.write(name, before)
    watched.is_green()
    watched.write("one.txt", "2")
    watched.until(lambda: watched.runs() == 2)


def test_what_could_not_be_deleted_is_told_and_deleted_after_the_next_save(watched: Bench) -> None:
    watched.cluster.mistakes.append(RuntimeError("no way"))
    watched.write("all.yaml", DEPLOYMENT)
    watched.is_red("RuntimeError: no way", "bug in the engine")
    assert "/ConfigMap/settings" in watched.cluster.objects
    watched.write("Tiltfile", RULES + "\n")
    watched.is_green()
    until(lambda: list(watched.cluster.objects) == ["/Deployment/web"], "the ConfigMap is deleted")


def test_what_is_being_applied_while_the_tiltfile_drops_it_is_deleted_after_that(watched: Bench) -> None:
    (worker,) = (thread for thread in threading.enumerate() if thread.name == "worker web")
    assert isinstance(worker, K8sWorker)
    watched.cluster.may_apply.clear()
    watched.write("web/extra", "1")
    watched.until(lambda: watched.row("web")["status"] == "deploying")
    watched.write("Tiltfile", "local_resource('test', 'echo tested')\n")
    until(lambda: worker.inbox.stopping, "it is dropped")
    watched.cluster.may_apply.set()
    worker.join(DEADLINE_SECONDS)
    watched.is_green()
    assert watched.cluster.objects == {}


def test_an_object_that_takes_its_time_to_go_holds_up_no_save(watched: Bench) -> None:
    watched.cluster.finalizers = True
    watched.write("all.yaml", DEPLOYMENT)
    until(lambda: watched.cluster.deleted == ["/ConfigMap/settings"], "the ConfigMap is deleted")
    watched.write("web/extra", "1")
    watched.until(lambda: len(watched.builds.recipes) == 2)
    watched.is_green()
    assert "/ConfigMap/settings" in watched.cluster.objects


def test_configuration_saved_between_its_evaluation_and_the_first_watch_is_read_again(bench: Bench) -> None:
    bench.write("all.yaml", DEPLOYMENT)
    bench.loop.start(stays=True)
    until(lambda: list(bench.cluster.objects) == ["/Deployment/web"], "the newer YAML is what runs")
    bench.is_green()


@pytest.mark.parametrize("then", ["pass", "fail('a mistake')"])
def test_configuration_saved_after_a_reload_has_read_it_for_the_first_time_is_read_again(
    watched: Bench, then: str
) -> None:
    """A save while the rest of the Tiltfile is evaluated: only then the file is known to be configuration."""
    (watched.folder / "more.yaml").write_text(MORE.format("first"))
    save = "sed s/first/second/ more.yaml > more.new && mv more.new more.yaml"
    wanted = f"k8s_yaml('more.yaml')\nonce = local('grep -q first more.yaml && {save} && echo saved || true')\n"
    watched.write("Tiltfile", f"{RULES}{wanted}if str(once).strip():\n    {then}\n")
    watched.until(lambda: "/ConfigMap/second" in watched.cluster.objects)
    watched.is_green()


def test_a_folder_that_the_system_does_not_let_watch_is_told_and_taken_up_later(
    watched: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    (watched.folder / "more").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(watched.loop._watcher._observer, "schedule", refuse)
        watched.write("Tiltfile", RULES + "local_resource('more', 'echo tested', deps=['more'])\n")
        watched.is_red("cannot watch", "/more", "sysctl")
    watched.write("Tiltfile", RULES + "local_resource('more', 'echo more', deps=['more'])\n")
    watched.until(lambda: watched.row("more").get("status") == "ok")
    watched.write("more/x", "1")
    watched.until(lambda: [line.text for line in watched.logs.after(0, "more")].count("more") == 2)


def test_a_change_made_while_the_tiltfile_was_broken_is_not_lost(watched: Bench) -> None:
    watched.write("Tiltfile", RULES + "no_such_thing()\n")
    watched.is_red("no_such_thing")
    watched.write("web/Dockerfile", "FROM two\n")
    watched.until(lambda: sum("error |" in line.text for line in watched.logs.after(0, TILTFILE)) == 2)
    watched.write("Tiltfile", RULES)
    watched.until(lambda: watched.builds.recipes[-1] == "FROM two\n")
    watched.is_green()


def test_a_changed_ignore_file_holds_for_images_and_local_resources(watched: Bench) -> None:
    watched.write(".tiltignore", "**/*.log\none.txt\n")
    watched.until(lambda: watched.row(TILTFILE)["detail"] == ".tiltignore changed")
    watched.until(lambda: watched.row(TILTFILE)["status"] == "ok")
    watched.write("web/x.log", "1")
    watched.write("one.txt", "2")
    watched.write("web/last", "1")
    watched.until(lambda: "last" in watched.builds.files)
    watched.is_green()
    assert not [update for update in watched.board.updates() if "x.log" in update.why or "one.txt" in update.why]


def test_lost_events_read_all_configuration_and_run_what_has_deps(deaf: Bench) -> None:
    bench = deaf
    bench.is_green()
    (bench.folder / "web/Dockerfile").write_text("FROM two\n")
    (bench.folder / "all.yaml").write_text(DEPLOYMENT)
    bench.loop._watcher._events_lost()
    bench.until(lambda: bench.builds.recipes[-1] == "FROM two\n" and bench.runs() == 2)
    bench.is_green()
    until(lambda: list(bench.cluster.objects) == ["/Deployment/web"], "the ConfigMap is deleted")


def test_nobody_sees_green_while_lost_events_wait_for_the_tiltfile(deaf: Bench) -> None:
    bench = deaf
    bench.is_green()
    bench.write("busy", "1")
    bench.write("Tiltfile", RULES + "local('while [ -e busy ]; do sleep 0.05; done')\n")
    bench.write("web/extra", "1")
    bench.loop._watcher._events_lost()
    bench.until(lambda: (bench.row("web")["status"], bench.row("web")["detail"]) == ("deploying", "saved again"))
    (bench.folder / "busy").unlink()
    bench.until(lambda: len(bench.builds.recipes) == 2)
    bench.is_green()


def test_lost_events_with_nothing_changed_build_nothing(deaf: Bench) -> None:
    bench = deaf
    bench.is_green()
    bench.loop._watcher._events_lost()
    bench.until(lambda: bench.runs() == 2)
    bench.is_green()
    assert len(bench.builds.recipes) == 1


def test_a_changed_port_forward_is_taken_up_while_its_resource_is_busy(watched: Bench) -> None:
    port = closed_port()
    watched.cluster.may_apply.clear()
    watched.write("web/extra", "1")
    watched.until(lambda: watched.row("web")["status"] == "deploying")
    watched.write("Tiltfile", RULES + f"k8s_resource('web', port_forwards=['{port}:80'])\n")
    watched.until(lambda: watched.row(TILTFILE)["detail"] == "Tiltfile changed")
    watched.until(lambda: watched.row(TILTFILE)["status"] == "ok")
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        assert connection.recv(1) == b""  # nothing runs there yet
    watched.cluster.may_apply.set()
    watched.is_green()


def test_a_saved_number_of_parallel_updates_holds_at_once(watched: Bench) -> None:
    with watched.slots, watched.slots, watched.slots:
        watched.write("web/extra", "1")
        watched.until(lambda: watched.row("web")["status"] == "building")
        watched.write("Tiltfile", RULES + "update_settings(max_parallel_updates=4)\n")
        watched.until(lambda: len(watched.builds.recipes) == 2)
    watched.is_green()


def test_a_mistake_in_an_ignore_file_ends_the_start_with_its_place(bench: Bench) -> None:
    (bench.folder / "web/.dockerignore").write_text("[z-a]\n")
    with pytest.raises(UserError, match=r"/web/\.dockerignore:1: \[z-a\] is not a valid pattern"):
        bench.loop.start(stays=True)
    assert bench.board.snapshot()["resources"] == []


def test_a_dep_that_is_configuration_too_runs(bench: Bench) -> None:
    (bench.folder / "Tiltfile").write_text(RULES.replace("['one.txt']", "['one.txt', 'all.yaml']"))
    bench.loop.environment = bench.evaluate()
    bench.loop.start(stays=True)
    bench.is_green()
    before = bench.runs()
    bench.write("all.yaml", DEPLOYMENT + SETTINGS + "data: {a: b}\n")
    bench.until(lambda: bench.runs() > before)


def test_a_build_context_that_is_swapped_for_another_is_built(watched: Bench) -> None:
    new = watched.folder / "new"
    new.mkdir()
    (new / "Dockerfile").write_text("FROM one\n")
    (new / "extra").write_text("1")
    (watched.folder / "web").rename(watched.folder / "old")
    new.rename(watched.folder / "web")
    watched.until(lambda: "extra" in watched.builds.files)


def test_two_mistakes_at_once_do_not_end_the_reloads(watched: Bench) -> None:
    watched.write("web/.dockerignore", "[z-a]\n")
    watched.is_red("[z-a] is not a valid pattern")
    watched.write("Tiltfile", RULES + "no_such_thing()\n")
    watched.until(lambda: "no_such_thing" in watched.row(TILTFILE)["detail"])
    watched.write("web/.dockerignore", "")
    watched.write("Tiltfile", RULES)
    watched.is_green()
    watched.write("one.txt", "2")
    watched.until(lambda: watched.runs() == 2)


def test_a_warning_of_the_cluster_is_in_the_log_of_the_resource_that_it_is_about(watched: Bench) -> None:
    watched.loop.warned("Pod", "web-7d9c-x2x8q", "BackOff: restarting failed container")
    watched.loop.warned("Pod", "website-1", "BackOff: of something else")
    found = [line for line in watched.logs.after(0) if line.text.startswith("event | ")]
    assert [(line.resource, line.level, line.text) for line in found] == [
        ("web", "warning", "event | warning: Pod web-7d9c-x2x8q: BackOff: restarting failed container")
    ]


def test_a_pod_that_does_not_exist_is_not_restarted(watched: Bench) -> None:
    assert (watched.loop.restart("web", "gone"), watched.loop.restart("nothing", "gone")) == (False, False)
