"""Which cluster is chosen, and the words for it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.cluster import guard, select
from scripts.cluster.embedded.provider import Embedded
from scripts.core.errors import UserError
from tests.unit.cluster.cluster_home import MINIKUBE_EXTENSION, own_home, write_kubeconfig
from tests.unit.docker_api import DockerApi
from tests.unit.fakes import FakeRunner

LIST = "minikube profile list"
CONTEXTS: dict[str, str | dict[str, Any]] = {
    "todo-embedded": "https://127.0.0.1:6443",
    "minikube": {"server": "https://192.168.49.2:8443", "extensions": [MINIKUBE_EXTENSION]},
    "dev": {"server": "https://192.168.58.2:8443", "extensions": [MINIKUBE_EXTENSION]},
    "kind-a": "https://127.0.0.1:41000",
    "prod": "https://prod.example.com",
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, docker_api: DockerApi) -> Iterator[Path]:
    docker_api.add_container("a-control-plane", "exited")
    monkeypatch.setattr("sys.platform", "linux")
    yield own_home(tmp_path, monkeypatch)


def machine(*missing: str) -> FakeRunner:
    profiles = [{"Name": name, "Active": False, "Config": {"Driver": "docker"}} for name in ("minikube", "asleep")]
    running = json.dumps({"Host": "Running", "Kubelet": "Running", "APIServer": "Running", "Kubeconfig": "Configured"})
    answers = {
        "minikube version": (0, "v1.38.1", ""),
        LIST: (0, json.dumps({"valid": profiles}), ""),
        "minikube status": (0, running, ""),
    }
    return FakeRunner(answers, missing=set(missing))


def current(name: str) -> Path:
    return write_kubeconfig(Path.home() / ".kube" / "config", name, CONTEXTS)


@pytest.mark.parametrize(
    ("missing", "in_use", "chosen", "why"),
    [
        ([], "kind-a", "minikube", "minikube can"),
        (["minikube"], "kind-a", "kind-a", "minikube cannot: minikube is not installed; current can"),
        (["minikube"], "prod", "todo-embedded", "current cannot: context prod at https://prod.example.com is not"),
        (["minikube"], "", "todo-embedded", "current cannot: no context is in use .*; embedded can"),
        (["minikube"], "todo-embedded", "todo-embedded", "embedded can"),
    ],
)
def test_the_first_that_can_work_is_chosen_and_the_reason_told(
    missing: list[str], in_use: str, chosen: str, why: str
) -> None:
    current(in_use)
    provider, said = select.choose(runner=machine(*missing))
    assert provider.context == chosen
    assert re.search(why, said), said


def test_a_context_whose_kind_cluster_was_deleted_is_passed_over_and_named(
    docker_api: DockerApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker_api.containers.clear()
    file = current("kind-a")
    left_over = "context kind-a is left over: its node, container a-control-plane, does not exist"
    provider, why = select.choose(runner=machine("minikube"))
    assert provider.context == "todo-embedded"
    assert f"current cannot: {left_over}; embedded can" in why
    monkeypatch.setenv("KUBECONFIG", str(file))
    provider, why = select.choose(runner=machine("minikube"))
    assert provider.context == "todo-embedded"
    assert why.startswith(f"not what KUBECONFIG says: {left_over}")
    with pytest.raises(UserError, match=f"cluster kind-a cannot be used here: {left_over}; choose another"):
        select.choose("kind-a", machine("minikube"))


def test_where_docker_does_not_answer_a_kind_cluster_may_still_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    current("kind-a")
    assert select.choose(runner=machine("minikube"))[0].context == "kind-a"


def test_a_kubeconfig_split_over_several_files_some_of_them_empty_is_read_as_kubectl_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = Path.home()
    for name, text in {
        "empty": "",
        "only a comment": "# nothing\n",
        "null": "null\n",
        "no lists": "contexts:\n",
    }.items():
        (home / name).write_text(text)
    full = write_kubeconfig(home / "full", "kind-a", CONTEXTS)
    files = [home / "empty", home / "missing", home / "only a comment", home / "null", home / "no lists", full]
    monkeypatch.setenv("KUBECONFIG", ":".join(["", *map(str, files), ""]))
    provider, why = select.choose(runner=machine("minikube"))
    assert (provider.context, why) == ("kind-a", "KUBECONFIG says so: kind-a")
    assert provider.kubeconfig() == full


def test_where_nothing_can_work_every_reason_is_told() -> None:
    with pytest.raises(UserError, match="minikube is not installed; current cannot: .*; embedded cannot: docker"):
        select.choose(runner=machine("minikube", "docker"))


@pytest.mark.parametrize(
    ("in_use", "chosen"),
    [
        ("todo-embedded", "todo-embedded"),
        ("minikube", "minikube"),
        ("dev", "dev"),
        ("kind-a", "kind-a"),
        ("prod", "minikube"),
        ("", "minikube"),
    ],
)
def test_a_kubeconfig_set_for_this_command_decides_if_its_context_is_local(
    monkeypatch: pytest.MonkeyPatch, in_use: str, chosen: str
) -> None:
    current("minikube")
    given = write_kubeconfig(Path.home() / "given", in_use, CONTEXTS)
    monkeypatch.setenv("KUBECONFIG", str(given))
    provider, why = select.choose(runner=machine())
    assert provider.context == chosen
    if in_use == "prod":
        assert "not what KUBECONFIG says: context prod at https://prod.example.com is not known" in why
    elif in_use:
        assert why == f"KUBECONFIG says so: {in_use}"


def test_a_broken_kubeconfig_does_not_keep_the_embedded_cluster_from_working(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Path.home() / "broken"
    broken.write_text("clusters: [")
    monkeypatch.setenv("KUBECONFIG", str(broken))
    provider, why = select.choose(runner=machine("minikube"))
    assert provider.name == "embedded"
    assert f"kubeconfig {broken} cannot be read" in why


@pytest.mark.parametrize("server", ["https://[fe80::1:6443", "https://127.0.0.1:abc", "https://127.0.0.1:99999"])
def test_a_context_whose_address_cannot_be_read_is_passed_over_and_named(
    monkeypatch: pytest.MonkeyPatch, server: str
) -> None:
    file = write_kubeconfig(Path.home() / "given", "kind-a", {"kind-a": server})
    guard.allow_file().parent.mkdir(parents=True)
    guard.allow_file().write_text("kind-a\n")
    monkeypatch.setenv("KUBECONFIG", str(file))
    provider, why = select.choose(runner=machine("minikube"))
    assert provider.name == "embedded"
    unreadable = f"the address of the server of context kind-a cannot be read (correct it in {file})"
    assert why.startswith(f"not what KUBECONFIG says: {unreadable}; ")
    with pytest.raises(UserError, match="cluster kind-a cannot be used here: the address of .* cannot be read"):
        select.choose("kind-a", machine())


@pytest.mark.parametrize("wrong", ["contexts: 5", "clusters: {name: kind-a}", "users: me", "contexts: [5, {name: a}]"])
def test_a_kubeconfig_whose_sections_are_no_lists_of_entries_has_none_of_them(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    (Path.home() / "wrong").write_text(f"current-context: kind-a\n{wrong}\n")
    full = write_kubeconfig(Path.home() / "full", "", CONTEXTS)
    monkeypatch.setenv("KUBECONFIG", f"{Path.home() / 'wrong'}:{full}")
    assert select.choose(runner=machine("minikube"))[0].context == "kind-a"


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("embedded", "todo-embedded"),
        ("todo-embedded", "todo-embedded"),
        ("minikube", "minikube"),
        ("dev", "dev"),
        ("asleep", "asleep"),
        ("current", "kind-a"),
        ("kind-a", "kind-a"),
    ],
)
def test_a_cluster_is_named_by_its_kind_its_context_or_its_profile(
    monkeypatch: pytest.MonkeyPatch, wanted: str, chosen: str
) -> None:
    current("kind-a")
    provider, why = select.choose(wanted, machine())
    assert (provider.context, why) == (chosen, "asked for")
    monkeypatch.setenv("TODO_CLUSTER", wanted)
    assert select.choose(runner=machine())[0].context == chosen
    monkeypatch.setenv("TODO_CLUSTER", provider.name)
    assert select.choose(runner=machine())[0].context == chosen


def test_a_cluster_that_is_named_is_not_replaced_by_another() -> None:
    current("prod")
    for name in ("prod", "current"):
        with pytest.raises(UserError, match="context prod at https://prod.example.com .*allowed-contexts"):
            select.choose(name, machine())
    with pytest.raises(UserError, match="cluster minikube cannot be used here: minikube is not installed"):
        select.choose("minikube", machine("minikube"))
    with pytest.raises(UserError, match="no cluster provider or kube context 'nope'; choose one of: auto, minikube,"):
        select.choose("nope", machine())


def test_docker_is_made_ready_only_for_the_cluster_that_is_ours() -> None:
    current("kind-a")
    calls: list[str] = []

    def prepare(provider: Embedded) -> None:
        calls.append("docker")

    select.choose("kind-a", machine(), prepare)
    select.choose("minikube", machine(), prepare)
    assert calls == []
    select.choose("embedded", machine(), prepare)
    assert calls == ["docker"]
