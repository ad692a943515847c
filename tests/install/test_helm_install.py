"""The production path: production images and `helm install`, without the development environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from scripts.cluster import select
from scripts.core.paths import ROOT

NAMESPACE = "todo-operator"
NODE_PORT = 30310
ACCOUNT = {"email": "operator@example.com", "password": "kept through reinstalls"}


@dataclass(frozen=True)
class Operator:
    """Runs programs with the cluster's kubeconfig and tools, as `./dev env` sets them up."""

    env: dict[str, str]
    url: str

    def run(self, *argv: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(argv, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=600)
        if check and done.returncode != 0:
            pytest.fail(f"{' '.join(argv)}\n{done.stdout}{done.stderr}")
        return done

    def helm(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.run("helm", *words, "--namespace", NAMESPACE, check=check)

    def install(self) -> None:
        port = f"frontend.service.nodePort={NODE_PORT}"
        self.helm(
            "install", "todo", "charts/todo-stack", "--create-namespace", "--set", port, "--wait", "--timeout", "5m"
        )


@pytest.fixture(scope="module")
def operator() -> Iterator[Operator]:
    provider, _ = select.choose()
    tools = provider.bin_dir()
    env = {**os.environ, "KUBECONFIG": str(provider.kubeconfig())}
    if tools:
        env["PATH"] = f"{tools}{os.pathsep}{env['PATH']}"
    made = Operator(env, provider.node_url(NODE_PORT))
    made.run("kubectl", "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait")
    made.run("./dev", "images")
    made.install()
    yield made
    made.helm("uninstall", "todo", "--wait", check=False)
    made.run("kubectl", "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait")


def test_the_charts_own_test_passes(operator: Operator) -> None:
    assert "Succeeded" in operator.helm("test", "todo").stdout


def test_the_final_images_pass_the_e2e_tests(operator: Operator) -> None:
    operator.env["TODO_E2E_NAMESPACE"] = NAMESPACE
    try:
        done = operator.run(sys.executable, "-m", "pytest", "-q", "tests/e2e", check=False)
    finally:
        del operator.env["TODO_E2E_NAMESPACE"]
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_accounts_and_tasks_survive_uninstall_and_reinstall(operator: Operator) -> None:
    with httpx.Client(base_url=operator.url, timeout=30) as http:
        registered = http.post("/api/auth/register", json=ACCOUNT)
        assert registered.status_code == 201, registered.text
        token = registered.json()["access_token"]
        auth = {"Authorization": f"Bearer {token}"}
        made = http.post("/api/me/tasks", json={"title": "Outlive the release"}, headers=auth).json()

    operator.helm("uninstall", "todo", "--wait")
    operator.install()

    with httpx.Client(base_url=operator.url, timeout=30) as http:
        assert http.get("/api/me/tasks", headers=auth).json() == [made], "the old login and the old row"
        assert http.post("/api/auth/login", json=ACCOUNT).status_code == 200
