"""Commands of kubectl that are printed go to the chosen cluster, whichever one is in use."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.cluster import api
from scripts.cluster.current.provider import Current
from scripts.cluster.embedded.provider import Embedded
from tests.unit.cluster.cluster_home import own_home, write_kubeconfig
from tests.unit.fakes import FakeRunner


def test_kubectl_is_told_the_context_and_the_file_where_it_would_read_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = own_home(tmp_path, monkeypatch)
    contexts = {"kind-a": "https://127.0.0.1:41000", "prod": "https://prod.example.com"}
    usual = write_kubeconfig(home / ".kube" / "config", "prod", contexts)
    embedded = Embedded(FakeRunner())
    assert api.kubectl(Current(FakeRunner(), "kind-a")) == "kubectl --context kind-a"
    assert api.kubectl(embedded) == f"KUBECONFIG={embedded.kubeconfig()} kubectl --context todo-embedded"
    monkeypatch.setenv("KUBECONFIG", f"{usual}:{embedded.kubeconfig()}")
    assert api.kubectl(embedded) == "kubectl --context todo-embedded"


def test_what_talks_to_a_cluster_knows_how_a_person_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = own_home(tmp_path, monkeypatch)
    write_kubeconfig(home / ".kube" / "config", "prod", {"kind-a": "https://127.0.0.1:41000"})
    assert api.connect(Current(FakeRunner(), "kind-a")).kubectl == "kubectl --context kind-a"
