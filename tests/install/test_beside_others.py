"""`./dev` leaves the files of other tools unchanged."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from scripts.core.paths import ROOT, cache_dir

SERVERS = {
    "prod": "https://prod.example.com:6443",
    "kind-work": "https://127.0.0.1:1",
    "minikube": "https://192.168.49.2:8443",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home folder of someone with a remote cluster, a kind cluster and a Minikube profile."""
    profile = tmp_path / ".minikube" / "profiles" / "minikube"
    profile.mkdir(parents=True)
    (profile / "config.json").write_text('{"Name": "minikube", "Driver": "docker"}\n')
    (tmp_path / ".minikube" / "ca.crt").write_text("an authority\n")
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "prod",
        "clusters": [{"name": name, "cluster": {"server": server}} for name, server in SERVERS.items()],
        "users": [{"name": name, "user": {"token": "not to be sent anywhere"}} for name in SERVERS],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in SERVERS],
    }
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "config").write_text(yaml.safe_dump(kubeconfig))
    return tmp_path


def contents(home: Path) -> dict[str, str]:
    """The contents of the other tools' folders by path; rewriting a file with the same bytes counts as a change."""
    return {
        str(path.relative_to(home)): f"{path.stat().st_mtime_ns} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for folder in (".kube", ".minikube")
        for path in (home / folder).rglob("*")
        if path.is_file()
    }


def test_kubeconfig_and_profiles_of_others_are_not_written_to(home: Path) -> None:
    before = contents(home)
    engine = os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker")
    env = {**os.environ, "HOME": str(home), "TODO_CACHE_DIR": str(cache_dir()), "DOCKER_CONFIG": engine}
    for name in ("KUBECONFIG", "TODO_CLUSTER", "XDG_CONFIG_HOME", "MINIKUBE_HOME"):
        env.pop(name, None)
    if shutil.which("minikube"):
        env["TODO_CLUSTER"] = "embedded"  # else it would start the profile above

    def dev(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["./dev", *words], cwd=ROOT, env=env, capture_output=True, text=True, timeout=600)

    for words in (["up", "--once", "--engine", "embedded"], ["secrets"], ["status"], ["env"]):
        done = dev(*words)
        assert done.returncode == 0, done.stderr
    refused = dev("up", "--once", "--cluster", "prod")
    assert refused.returncode == 1
    assert "context prod at https://prod.example.com:6443 is not known to be a local cluster" in refused.stderr
    assert contents(home) == before
