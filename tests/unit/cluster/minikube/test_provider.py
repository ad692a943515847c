"""Minikube as a provider: which profile is taken, how it is started, and what its state is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.cluster.minikube.provider import Minikube
from scripts.cluster.provider import ClusterStatus
from scripts.core.errors import UserError
from scripts.core.runner import Subprocess
from tests.unit.cluster.cluster_home import (
    write_kubeconfig,
)
from tests.unit.cluster.minikube.profiles import (
    LIST,
    RUNNING,
    STOPPED,
    Starting,
    context,
    listed,
    minikube,
    profile,
    start,
    started,
    state,
)
from tests.unit.fakes import FakeRunner


@pytest.mark.parametrize(
    ("answers", "missing", "reason"),
    [
        ((0, "v1.38.1\n", ""), set(), None),
        ((0, "v1.32.0\n", ""), set(), "Minikube is 1.32.0, 1.33 or newer is needed"),
        ((1, "", "exec format error"), set(), "minikube does not work: exec format error"),
        ((0, "", ""), {"minikube"}, "minikube is not installed"),
    ],
)
def test_it_can_be_used_where_it_is_installed_in_a_version_that_works(
    answers: tuple[int, str, str], missing: set[str], reason: str | None
) -> None:
    runner = FakeRunner({"minikube version": answers}, missing=missing)
    assert Minikube(runner).available() == reason
    assert runner.argvs() == ([] if missing else ["minikube version --short"])


def test_one_that_cannot_be_started_leaves_the_turn_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "minikube").write_text("\x7fELF cut off")
    (tmp_path / "minikube").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Minikube(Subprocess()).available() == "minikube cannot be started: Exec format error"


def test_the_profile_that_runs_is_taken(home: Path) -> None:
    profiles = profile("minikube"), profile("a", active=True), profile("b")
    assert Minikube(minikube(*profiles, running="b")).context == "b"
    assert Minikube(minikube(*profiles)).context == "a"
    assert Minikube(minikube(profile("b"))).context == "minikube"
    assert Minikube(minikube()).context == "minikube"


def test_of_two_that_run_the_one_in_use_is_taken(home: Path) -> None:
    runner = minikube(profile("minikube", active=True), profile("b"))
    runner.answers["minikube status"] = state(RUNNING)
    runner.answers |= {f"minikube status --profile {name}": state(RUNNING) for name in ("minikube", "b")}
    assert Minikube(runner).context == "minikube"
    context(home, name="b")
    assert Minikube(runner).context == "b"


def test_where_none_runs_the_default_profile_is_started() -> None:
    runner = Starting({LIST: listed(), "minikube status": state(None)})
    start(runner)
    assert started(runner) == ["minikube start --profile minikube --interactive=false"]


def test_a_context_in_use_stays_in_use_and_the_change_to_the_kubeconfig_is_told(home: Path) -> None:
    write_kubeconfig(home / ".kube" / "config", "prod", {"prod": "https://prod.example.com"})
    runner = Starting({LIST: listed(), "minikube status": state(None)})
    assert "Minikube adds context minikube to your kubeconfig; prod stays the one in use" in start(runner)
    assert started(runner) == ["minikube start --profile minikube --interactive=false --keep-context"]


def test_a_profile_that_runs_is_left_as_it_is() -> None:
    runner = minikube(profile("minikube"), running="minikube")
    start(runner)
    assert {argv.split()[1] for argv in runner.argvs()} == {"profile", "status"}


def test_a_stopped_profile_is_started_by_its_name() -> None:
    runner = Starting({LIST: listed(profile("dev", active=True)), "minikube status": state(STOPPED)})
    start(runner)
    assert started(runner) == ["minikube start --profile dev --interactive=false"]


def test_an_old_kubernetes_is_refused_before_it_is_started() -> None:
    runner = minikube(profile("minikube", active=True, kubernetes="v1.28.3"))
    with pytest.raises(UserError, match=r"Kubernetes is 1\.28\.3, 1\.30 or newer is needed") as refused:
        start(runner)
    assert refused.value.fix.endswith("minikube start --profile minikube --kubernetes-version stable")
    assert started(runner) == []


DISK = "X Exiting due to RSRC_DOCKER_STORAGE: Docker is out of disk space! (/var is at 100% of capacity)"
MEMORY = "X Exiting due to RSRC_INSUFFICIENT_SYS_MEMORY: System only has 900MiB available"
DRIVER = "X Exiting due to DRV_NOT_DETECTED: No possible driver was detected"
GUEST = "X Exiting due to GUEST_PROVISION: error provisioning guest: Failed to start host"


@pytest.mark.parametrize(
    ("failure", "what", "fix"),
    [
        ((26, DISK + "\n* Suggestion\n", ""), "Docker is out of disk space!", "docker system prune"),
        ((1, "", "write /var/x: no space left on device"), "no space left on device", "docker system prune"),
        ((23, MEMORY, ""), "System only has 900MiB available", "--memory"),
        ((55, DRIVER, ""), "No possible driver was detected", "minikube start --profile minikube --driver docker"),
        ((80, GUEST, ""), "error provisioning guest", "minikube delete --profile minikube"),
    ],
)
def test_a_start_that_fails_tells_why_and_what_to_do(failure: tuple[int, str, str], what: str, fix: str) -> None:
    runner = minikube(minikube_start=failure)
    with pytest.raises(UserError) as raised:
        start(runner)
    assert raised.value.what.startswith("Minikube could not start profile minikube: ")
    assert what in raised.value.what
    assert fix in raised.value.fix
    assert "\n" not in str(raised.value)
    assert not [argv for argv in runner.argvs() if argv.startswith("minikube delete")]


def test_a_profile_that_is_only_half_started_is_told() -> None:
    half = (6, json.dumps({"Name": "minikube", **RUNNING, "APIServer": "Stopped"}), "")
    runner = FakeRunner({LIST: listed(profile("minikube", active=True)), "minikube status": half})
    with pytest.raises(UserError, match="says that it started profile minikube, but APIServer of node .* is Stopped"):
        start(runner)


def test_a_full_disk_is_told_instead_of_starting_again() -> None:
    full = (7, json.dumps({"Name": "minikube", **RUNNING, "Host": "InsufficientStorage"}), "")
    runner = FakeRunner({LIST: listed(profile("minikube", active=True)), "minikube status": full})
    with pytest.raises(UserError, match="disk of Minikube's profile minikube is full; .*docker system prune"):
        start(runner)
    assert started(runner) == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (state(RUNNING), "running"),
        (state(STOPPED), "stopped"),
        (state(None), "absent"),
        ((7, "null", ""), "broken"),
        (state({**RUNNING, "APIServer": "Paused"}), "broken"),
        (state({**RUNNING, "Kubeconfig": "Misconfigured"}), "broken"),
        ((7, "", "no such host"), "broken"),
        ((0, json.dumps([RUNNING, {**RUNNING, "APIServer": "Irrelevant", "Kubeconfig": "Irrelevant"}]), ""), "running"),
        ((1, json.dumps([RUNNING, STOPPED]), ""), "stopped"),
    ],
)
def test_the_status_is_minikubes_own(said: tuple[int, str, str], expected: str) -> None:
    runner = FakeRunner({LIST: listed(profile()), "minikube status": said})
    status = Minikube(runner, profile="minikube").status()
    assert status.state == expected
    assert runner.argvs()[0] == "minikube status --profile minikube --output json"
    if expected != "running":
        assert "./dev cluster up" in status.detail
    else:
        facts = "context minikube, driver docker, docker runtime, Kubernetes v1.34.1"
        assert status == ClusterStatus("minikube", "running", facts)


def test_notices_around_the_answers_do_no_harm() -> None:
    _, text, _ = listed(profile("dev", active=True))
    runner = FakeRunner({LIST: (0, '{"type":"io.k8s.sigs.minikube.info"}\n' + text + "\nnotice: 1.39 is out", "")})
    assert Minikube(runner).context == "dev"


def test_stopping_and_deleting_name_the_profile() -> None:
    for action in ("stop", "delete"):
        runner = minikube(profile("dev"), running="dev")
        getattr(Minikube(runner), action)()
        assert runner.argvs()[-1] == f"minikube {action} --profile dev"
