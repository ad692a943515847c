"""./dev bench: statistics, table, parsers, and the process of the loop."""

from __future__ import annotations

import json
import signal
import socket
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from scripts import tilt
from scripts.bench.edits import SERVICES, Probe, stamped
from scripts.bench.loop_process import Edits, LoopProcess, ReportedUpdate, copy_checkout, first_update
from scripts.bench.report import (
    Edit,
    Machine,
    Phase,
    Report,
    as_json,
    machine,
    parse_meminfo,
    parse_processor,
    parse_steps,
    percentile,
    rows,
    table,
)
from scripts.bench.tilt_process import first_build
from scripts.commands.bench import check_free
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.core.runner import Subprocess
from scripts.kube.api import Kube
from tests.http_server import Handler, serving

MACHINE = Machine(2, "Model X", 15.5, 12.0, "Linux 6.1.0", (0.5, 0.25, 0.1))
EDITS = [
    Edit("backend", seconds, None, "sync", {"detect": 0.03, "served": seconds / 2}, seconds + 0.01)
    for seconds in (0.5, 0.75, 0.625, 0.875)
]
REPORT = Report(
    command="./dev bench --edits 4",
    when="2030-01-01T00:00:00+00:00",
    engine="embedded",
    cluster="embedded",
    commit="abc1234",
    machine=MACHINE,
    load_after=(1.5, 0.5, 0.2),
    edits=EDITS,
    phases=[Phase("rebuild of backend → served", 12.34, {"build": 8.0, "rollout": 4.0})],
)


@pytest.mark.parametrize(
    ("count", "percent", "expected"), [(1, 95, 1), (10, 95, 10), (20, 95, 19), (100, 95, 95), (10, 50, 5), (10, 0, 1)]
)
def test_a_percentile_is_the_value_of_the_nearest_rank(count: int, percent: float, expected: float) -> None:
    assert percentile(reversed(range(1, count + 1)), percent) == expected


def test_rows_have_the_outside_figure_first_and_then_every_stage() -> None:
    found = rows(EDITS)
    assert [row.what.strip() for row in found] == [
        "save → served", "engine: detect", "engine: served", "engine: total",
    ]  # fmt: skip
    assert (found[0].median, found[0].p95, found[0].max) == (0.6875, 0.875, 0.875)


def test_each_service_and_its_compiled_module_have_their_own_rows() -> None:
    found = rows([*EDITS, Edit("frontend", 0.1, 0.2, "sync", {"detect": 0.05}, 0.15)])
    assert [(row.what, row.median) for row in found if row.service == "frontend"][:2] == [
        ("save → served", 0.1),
        ("save → compiled", 0.2),
    ]
    assert found[0].max == 0.875


def test_the_table_has_the_machine_the_command_and_every_figure() -> None:
    lines = table(REPORT).splitlines()
    assert lines[0] == "$ ./dev bench --edits 4"
    assert "2 cores (Model X), 15.5 GiB memory (12.0 available), Linux 6.1.0" in lines
    assert "load 0.50 0.25 0.10 before, 1.50 0.50 0.20 after" in lines
    assert [line.split() for line in lines if "save → served" in line] == [
        ["backend", "save", "→", "served", "0.688", "0.875", "0.875"]
    ]
    assert lines[-2].split() == ["rebuild", "of", "backend", "→", "served", "12.3"]
    assert lines[-1].strip() == "build 8.0 · rollout 4.0"


def test_columns_of_the_table_are_aligned_with_their_headings() -> None:
    lines = table(REPORT).splitlines()
    heading = next(line for line in lines if line.endswith("max"))
    assert {len(line) for line in lines if line.startswith("backend") or "engine: " in line[:30]} == {len(heading)}


def test_an_edit_that_was_not_updated_in_place_is_reported() -> None:
    assert "not updated in place" not in table(REPORT)
    odd = replace(REPORT, edits=[*EDITS, replace(EDITS[0], action="rebuild")])
    assert "not updated in place: backend rebuild" in table(odd)


def test_the_json_has_every_edit_and_the_rows_of_the_table() -> None:
    found = json.loads(json.dumps(as_json(REPORT)))
    assert [edit["seconds"] for edit in found["edits"]] == [0.5, 0.75, 0.625, 0.875]
    assert found["rows"][0] == {
        "service": "backend", "what": "save → served", "median": 0.6875, "p95": 0.875, "max": 0.875,
    }  # fmt: skip
    assert found["machine"]["cores"] == 2


def test_the_steps_of_a_command_are_read_by_name() -> None:
    lines = [
        "Cluster: embedded (asked for)",
        "✓ Start cluster embedded  it runs  (0.3 s, 1 s total)",
        "  … Deploy and prove the stack: waits  (15 s)",
        "✗ Build todo-backend  (9.0 s, 10 s total)",
        "✓ Deploy and prove the stack  (2.5 s, 4 s total)",
    ]
    assert parse_steps(lines) == {"Start cluster embedded": 0.3, "Deploy and prove the stack": 2.5}


def test_memory_and_processor_are_read_if_present() -> None:
    assert parse_meminfo("MemTotal:  2097152 kB\nMemFree: 1 kB\nMemAvailable: 1048576 kB\n") == (2.0, 1.0)
    assert parse_processor("processor\t: 0\nmodel name\t: Model X v2\nmodel name\t: Model X v2\n") == "Model X v2"
    assert parse_processor("processor\t: 0\nCPU part\t: 0xd0c\n") == ""


def test_this_machine_can_be_described() -> None:
    here = machine()
    assert here.cores >= 1
    assert here.memory > 0


def test_the_first_update_after_a_save_is_the_one_that_counts() -> None:
    updates = [
        {"time": second, "action": "sync", "stages": {"sync": second}, "seconds": 1.0, "error": ""}
        for second in (10.0, 20.0, 30.0)
    ]
    assert first_update(updates, 15.0) == ReportedUpdate("sync", {"sync": 20.0}, 1.0)
    assert first_update(updates, 30.0) is None


def tilt_resource(name: str, update: str, runtime: str, **status: object) -> dict[str, object]:
    return {"metadata": {"name": name}, "status": {"updateStatus": update, "runtimeStatus": runtime, **status}}


def test_the_state_of_tilt_is_read_with_its_builds() -> None:
    builds = [
        {"startTime": "2030-01-01T00:00:10.250000Z", "finishTime": "2030-01-01T00:00:10.750000Z", "spanID": "build:2"},
        {"startTime": "2030-01-01T00:00:01Z", "finishTime": "2030-01-01T00:00:05Z", "error": "no"},
    ]
    items = [
        tilt_resource("backend", "ok", "ok", buildHistory=builds),
        tilt_resource("e2e", "none", "not_applicable", triggerMode=2),
        tilt_resource("frontend", "in_progress", "pending", buildHistory=None),
    ]
    found = tilt.parse_resources(json.dumps({"items": items}))
    assert [(name, row.done, row.manual) for name, row in found.items()] == [
        ("backend", True, False),
        ("e2e", False, True),
        ("frontend", False, False),
    ]
    saved = found["backend"].builds[0].started - 0.125
    assert first_build(found["backend"].builds, saved) == ReportedUpdate("", {"detect": 0.125, "update": 0.5}, 0.625)
    assert first_build(found["backend"].builds, saved + 1) is None


@pytest.mark.parametrize("name", SERVICES)
def test_edited_files_exist_and_a_stamp_does_not_change_what_dependencies_mean(name: str) -> None:
    service = SERVICES[name]
    assert (ROOT / service.source).is_file()
    text = (ROOT / service.dependencies).read_text()
    changed = stamped(text, service.dependencies, "now")
    assert changed != stamped(text, service.dependencies, "later") != text
    if service.dependencies.endswith(".json"):
        assert {**json.loads(text), "//": "now"} == json.loads(changed)
    else:
        assert changed.removeprefix(text) == "# now\n"


def test_edits_are_undone_whatever_they_were(tmp_path: Path) -> None:
    for name in ("changed", "deleted", "moved"):
        (tmp_path / name).write_text(f"{name} as it was")
    edits = Edits(tmp_path)
    edits.replace("changed", "as it was", "as it is")
    edits.write("made", "new")
    edits.delete("deleted")
    edits.rename("moved", "elsewhere")
    with pytest.raises(UserError, match="has no 'nothing such'"):
        edits.replace("changed", "nothing such", "")
    edits.undo()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        name: f"{name} as it was" for name in ("changed", "deleted", "moved")
    }


def test_a_copy_has_tracked_and_new_files_but_no_ignored_ones(tmp_path: Path) -> None:
    root, runner = tmp_path / "root", Subprocess()
    (root / "inner").mkdir(parents=True)
    (root / ".venv").mkdir()
    for name, text in ((".gitignore", ".venv\n.env\n"), (".env", "secret"), ("inner/ä new.py", "")):
        (root / name).write_text(text)
    runner.run(["git", "init", "-q"], cwd=root)
    copy = copy_checkout(runner, tmp_path / "copy", root)
    assert {path.relative_to(copy).as_posix() for path in copy.rglob("*")} == {
        ".gitignore", ".venv", "inner", "inner/ä new.py",
    }  # fmt: skip
    assert (copy / ".venv").resolve() == root / ".venv"


class Cluster:
    """A cluster with one lease; "" is held by nobody."""

    def __init__(self, holder: str = "") -> None:
        self._spec = {"holderIdentity": holder, "renewTime": datetime.now(UTC).isoformat()}

    def find(self, path: str) -> dict[str, object]:
        return {"metadata": {}, "spec": self._spec}


def test_a_cluster_with_another_loop_is_refused_and_its_holder_named() -> None:
    with pytest.raises(UserError, match="a loop already runs on this cluster: ann@elsewhere pid 7 in /x; stop it"):
        check_free(cast(Kube, Cluster("ann@elsewhere pid 7 in /x")), 1)


def test_a_page_port_in_use_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"port {port} is in use by (python|another program)"):
            check_free(cast(Kube, Cluster()), port)
    check_free(cast(Kube, Cluster()), port)


class Deployed:
    """A cluster with the Services of the stack; only the frontend has a NodePort."""

    def call(self, *args: object, **options: object) -> dict[str, object]:
        ports = {name: {"port": 80} for name in SERVICES} | {"frontend": {"port": 80, "nodePort": 30300}}
        labels = {name: {"app.kubernetes.io/component": name} for name in SERVICES}
        return {
            "items": [
                {"metadata": {"name": f"todo-{name}", "labels": labels[name]}, "spec": {"ports": [port]}}
                for name, port in ports.items()
            ]
        }

    def service(self, namespace: str, service: str, *args: object) -> tuple[int, bytes]:
        return 200, json.dumps({"revision": f"of {service}"}).encode()


class Frontend(Handler):
    def do_GET(self) -> None:
        self.respond(200, b'{"revision": "of the page"}' if self.path == "/health" else b"the module")


def test_a_service_is_asked_at_its_node_port_or_without_one_through_the_cluster() -> None:
    with serving(Frontend) as url:
        probe = Probe(cast(Kube, Deployed()), {30300: url}.__getitem__)
        assert [probe.revision(name) for name in ("frontend", "backend")] == ["of the page", "of todo-backend"]
        assert probe.text("frontend", "/src/main.tsx") == "the module"


class Script(LoopProcess):
    """A shell script in place of a loop."""

    def start(self, seconds: float = 20) -> None:
        self.launch(["sh", "loop.sh"], {"WORD": "ready"})
        self.until(self.green, "it says that it is ready", seconds)

    def green(self) -> bool:
        return "ready" in self.output

    def reported_update(self, name: str, since: float) -> ReportedUpdate | None:
        return None


def test_a_loop_runs_in_a_terminal_ends_by_ctrl_c_and_returns_its_status(tmp_path: Path) -> None:
    (tmp_path / "loop.sh").write_text(
        "trap 'echo bye; exit 7' INT; [ -t 1 ] && echo $WORD >/dev/tty; while :; do sleep 0.05; done\n"
    )
    loop = Script(tmp_path)
    loop.start()
    assert loop.stop() == 7


def test_a_loop_that_was_stopped_can_be_started_again_and_shows_what_it_prints_then(tmp_path: Path) -> None:
    (tmp_path / "loop.sh").write_text(
        "trap exit INT; touch run; echo run $(wc -c <run); printf x >>run; echo ready; while :; do sleep 0.05; done\n"
    )
    loop = Script(tmp_path)
    loop.start()
    loop.stop()
    loop.start()
    loop.stop()
    assert [line for line in loop.output if line.startswith("run")] == ["run 1"]


def test_a_loop_that_ignores_ctrl_c_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.bench.loop_process.END_SECONDS", 0.2)
    (tmp_path / "loop.sh").write_text("trap '' INT; echo ready; while :; do sleep 0.05; done\n")
    loop = Script(tmp_path)
    loop.start()
    assert loop.stop() == -signal.SIGKILL


def test_a_loop_that_ends_by_itself_is_an_error_with_its_own_message(tmp_path: Path) -> None:
    (tmp_path / "loop.sh").write_text("echo 'error: another loop runs: ann in /x; stop it'; exit 1\n")
    loop = Script(tmp_path)
    with pytest.raises(UserError, match="ended with status 1: another loop runs: ann in /x; stop it"):
        loop.start()
    assert loop.stop() == 1
