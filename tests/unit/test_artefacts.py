"""What is kept of a failed test: its report, and the state of the cluster at that moment."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts.cluster import select
from scripts.core.paths import ROOT
from scripts.testing import cluster_state
from scripts.testing.checks import ARTEFACTS
from tests.unit.fakes import FakeRunner

PODS = {
    "items": [
        {
            "metadata": {"namespace": "here", "name": "todo-backend-1"},
            "status": {
                "initContainerStatuses": [{"name": "migrate", "restartCount": 0, "state": {"terminated": {}}}],
                "containerStatuses": [{"name": "backend", "restartCount": 2, "state": {"waiting": {}}}],
            },
        },
        {
            "metadata": {"namespace": "there", "name": "todo-frontend-1"},
            "status": {"containerStatuses": [{"name": "frontend", "restartCount": 0, "state": {"waiting": {}}}]},
        },
        {"metadata": {"namespace": "there", "name": "todo-mcp-1"}, "status": {}},
    ]
}
BROKEN = """
from types import SimpleNamespace

import pytest

from tests.failure.release import Release


def away(*_, **__):
    raise ConnectionError("nobody answers")


@pytest.fixture
def release():
    return Release(SimpleNamespace(kube=SimpleNamespace(call=away)), None, [], {})


@pytest.fixture
def unprepared(release):
    assert 1 == 2


@pytest.fixture
def page():
    return SimpleNamespace(screenshot=away, content=away)


@pytest.fixture
def unwritable():
    pass
"""
"""Fixtures of what a failed test is asked about, none of which answers."""
NOT_INSTALLED = """
import pytest

from tests.failure.release import Release


class NotInstalled(Release):
    def delete_namespace(self):
        print("the namespace is deleted")

    def install(self):
        pytest.fail("helm: timed out")

    def diagnosis(self):
        print("the pods are asked for")
        return "todo-backend-1 cannot be scheduled"


Release.build = lambda: NotInstalled(None, None, [], {})
"""
"""A release that fails before it is there to be tested."""


def test_states_events_and_logs_are_kept_the_last_ones_before_a_restart_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = SimpleNamespace(kubeconfig=lambda: tmp_path / "kubeconfig", bin_dir=lambda: tmp_path / "bin")
    monkeypatch.setattr(select, "choose", lambda **_: (provider, ""))
    log = "kubectl logs -n here todo-backend-1 -c backend --tail=300"
    runner = FakeRunner(
        {
            "kubectl get pods -A -l": (0, json.dumps(PODS), ""),
            "kubectl get events": (0, "Scheduled", ""),
            f"{log} --previous": (1, "", "it is gone"),
        }
    )
    cluster_state.write(runner, tmp_path / "kept")
    kept = {path.name: path.read_text() for path in (tmp_path / "kept").iterdir()}
    assert kept == {
        "pods.txt": "",
        "descriptions.txt": "",
        "events.txt": "Scheduled",
        "here.todo-backend-1.migrate.log": "",
        "here.todo-backend-1.backend.log": "",
        "here.todo-backend-1.backend.previous.log": "it is gone",
    }
    assert {call.env["KUBECONFIG"] for call in runner.calls} == {str(tmp_path / "kubeconfig")}
    assert all(call.env["PATH"].startswith(f"{tmp_path / 'bin'}:") for call in runner.calls)


def test_a_failed_test_keeps_its_report_and_why_there_is_no_cluster_to_look_at(tmp_path: Path) -> None:
    test = tmp_path / "test_it.py"
    test.write_text("def test_good(): pass\ndef test_bad():\n    print('said before')\n    assert 1 == 2\n")
    env = {**os.environ, ARTEFACTS: str(tmp_path / "kept"), "TODO_CLUSTER": "no-such-cluster"}
    env["KUBECONFIG"] = str(tmp_path / "none")
    assert "1 failed, 1 passed" in run(tmp_path, "tests.conftest", env)
    (folder,) = (tmp_path / "kept").iterdir()
    assert folder.name == "test_it.py_test_bad"
    report = (folder / "call.txt").read_text()
    assert "assert 1 == 2" in report and "said before" in report
    assert "no-such-cluster" in (folder / "cluster.txt").read_text()


@pytest.mark.parametrize(
    ("plugin", "fixture", "told"),
    [
        ("tests.failure.conftest", "release", "the release's state could not be kept"),
        ("tests.e2e.conftest", "page", "the page's picture could not be kept"),
        ("tests.conftest", "unwritable", "the report could not be kept"),
    ],
)
def test_what_cannot_be_kept_of_a_failed_test_does_not_end_the_run(
    plugin: str, fixture: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / "conftest.py").write_text(BROKEN)
    (tmp_path / "test_it.py").write_text(f"def test_bad({fixture}): assert 1 == 2\ndef test_after(): pass\n")
    kept = tmp_path / "kept"
    if fixture == "unwritable":
        kept.write_text("a file, not a folder")
    env = {**os.environ, ARTEFACTS: str(kept), "TODO_CLUSTER": "no-such-cluster"}
    assert "1 failed, 1 passed" in (output := run(tmp_path, plugin, env))
    assert "assert 1 == 2" in output and told in output


def test_a_failed_set_up_also_shows_the_state_of_the_release(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(BROKEN)
    (tmp_path / "test_it.py").write_text("def test_bad(release, unprepared): pass\n")
    output = run(tmp_path, "tests.failure.conftest", os.environ)
    assert "1 error" in output and "the release's state could not be kept" in output


def test_a_release_that_cannot_be_installed_is_looked_at_before_its_namespace_goes(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(NOT_INSTALLED)
    (tmp_path / "test_it.py").write_text("def test_never_runs(release): pass\n")
    output = run(tmp_path, "tests.failure.conftest", os.environ)
    assert "1 error" in output
    assert "helm: timed out" in output and "todo-backend-1 cannot be scheduled" in output
    assert re.findall("the namespace is deleted|the pods are asked for", output) == [
        "the namespace is deleted",
        "the pods are asked for",
        "the namespace is deleted",
    ]


def run(folder: Path, plugin: str, env: Mapping[str, str]) -> str:
    """What pytest prints of the tests in a folder."""
    options = ["-q", "-p", plugin, "-p", "no:cacheprovider", f"--rootdir={folder}"]
    argv = [sys.executable, "-m", "pytest", *options, str(folder)]
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True)
    return done.stdout + done.stderr
