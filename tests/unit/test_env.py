"""What `./dev env` exports leads kubectl and helm to the cluster that was chosen, or it exports nothing."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from scripts.cli import main
from tests.unit.cluster.cluster_home import own_home, write_kubeconfig

SERVERS = {"docker-desktop": "https://127.0.0.1:6443", "prod": "https://prod.example.com"}


@pytest.fixture
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_home(tmp_path, monkeypatch) / ".kube" / "config"


def test_the_file_is_exported_in_which_the_chosen_context_is_in_use(
    kubeconfig: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_kubeconfig(kubeconfig, "docker-desktop", SERVERS)
    assert main(["env", "--cluster", "docker-desktop"]) == 0
    assert capsys.readouterr().out.startswith(f"export KUBECONFIG={shlex.quote(str(kubeconfig))}\n")


@pytest.mark.parametrize("in_use", ["prod", ""])
def test_nothing_is_exported_that_would_lead_to_another_cluster(
    kubeconfig: Path, capsys: pytest.CaptureFixture[str], in_use: str
) -> None:
    write_kubeconfig(kubeconfig, in_use, SERVERS)
    assert main(["env", "--cluster", "docker-desktop"]) == 1
    out, error = capsys.readouterr()
    assert out == ""
    assert f"would not use cluster docker-desktop: the context in use in {kubeconfig} is {in_use or 'none'}" in error
    assert "kubectl config use-context docker-desktop" in error


def test_the_exported_file_has_to_say_by_itself_which_context_is_in_use(
    kubeconfig: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_kubeconfig(kubeconfig, "", SERVERS)
    first = write_kubeconfig(kubeconfig.with_name("first"), "docker-desktop", {})
    monkeypatch.setenv("KUBECONFIG", f"{first}:{kubeconfig}")
    assert main(["env", "--cluster", "docker-desktop"]) == 1
    assert f"run: KUBECONFIG={kubeconfig} kubectl config use-context docker-desktop" in capsys.readouterr().err


def test_the_embedded_cluster_has_a_file_of_its_own_before_it_exists_too(
    kubeconfig: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_kubeconfig(kubeconfig, "prod", SERVERS)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("shutil.which", lambda name, **options: f"/usr/bin/{name}")
    assert main(["env", "--cluster", "embedded"]) == 0
    assert str(kubeconfig) not in capsys.readouterr().out
