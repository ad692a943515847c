"""The production path: production images and `helm install`, without the development environment."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from scripts.bench import loop_process
from scripts.cluster import select
from scripts.core.paths import ROOT
from scripts.core.runner import Subprocess

NAMESPACE = "todo-operator"
NODE_PORT = 30310
ACCOUNT = {"email": "operator@example.com", "password": "kept through reinstalls"}


@dataclass(frozen=True)
class Operator:
    """Runs programs with the cluster's kubeconfig and tools, as `./dev env` sets them up."""

    env: dict[str, str]
    url: str

    def run(self, *argv: str, check: bool = True, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(argv, cwd=cwd, env=self.env, capture_output=True, text=True, timeout=600)
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

    def upgrade_as_printed(self, checkout: Path) -> None:
        """Build images of the checkout, and run the command that this prints, for the operator's namespace."""
        words = shlex.split(self.run("./dev", "images", cwd=checkout).stdout)
        words[words.index("-n") + 1] = NAMESPACE
        self.run(*words, "--wait", "--timeout", "5m", cwd=checkout)

    def revision(self) -> str:
        """The revision of the sources in the MCP server's pod."""
        return self.run(
            "kubectl", "-n", NAMESPACE, "exec", "deployment/todo-mcp-server", "--", "cat", "REVISION"
        ).stdout

    def pods(self) -> set[str]:
        """The names of the pods that are not about to end."""
        listed = self.run("kubectl", "-n", NAMESPACE, "get", "pods", "-o", "json").stdout
        pods = [item["metadata"] for item in json.loads(listed)["items"]]
        return {pod["name"] for pod in pods if "deletionTimestamp" not in pod}


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


def test_an_upgrade_runs_the_images_that_were_built_last_and_replaces_no_other_pod(
    operator: Operator, tmp_path: Path
) -> None:
    checkout = loop_process.copy_checkout(Subprocess(), tmp_path)
    operator.upgrade_as_printed(checkout)
    before, revision = operator.pods(), operator.revision()

    operator.upgrade_as_printed(checkout)
    assert operator.pods() == before, "nothing has changed"

    with (checkout / "mcp_server/todo_mcp/__init__.py").open("a") as source:
        source.write("# built again\n")
    operator.upgrade_as_printed(checkout)
    assert operator.revision() != revision
    replaced = before - operator.pods()
    assert {name.rpartition("-")[0].rpartition("-")[0] for name in replaced} == {"todo-mcp-server"}
    operator.run("./dev", "images")  # the default tag is this checkout's again
