"""The production path: production images and `helm install`, without the development environment."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import httpx

from scripts.bench.checkout import copy_checkout
from scripts.core.runner import Subprocess
from scripts.database.dump import MAGIC
from tests.documents import code_block
from tests.install.conftest import NAMESPACE, Operator

ACCOUNT = {"email": "operator@example.com", "password": "kept through reinstalls"}


def test_the_package_of_the_chart_is_what_runs_with_the_checkouts_version(operator: Operator) -> None:
    (release,) = json.loads(operator.helm("list", "--output", "json").stdout)
    version = operator.run("./dev", "release").stdout.strip()
    assert (release["chart"], release["app_version"]) == (f"todo-stack-{version}", version)
    health = httpx.get(f"{operator.url}/health", trust_env=False).json()
    assert health["version"] == version


def test_the_final_images_pass_the_e2e_tests(operator: Operator) -> None:
    operator.env["TODO_E2E_NAMESPACE"] = NAMESPACE
    try:
        done = operator.run(sys.executable, "-m", "pytest", "-q", "tests/e2e", check=False)
    finally:
        del operator.env["TODO_E2E_NAMESPACE"]
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_accounts_and_tasks_survive_uninstall_and_an_install_by_the_charts_readme(operator: Operator) -> None:
    """Its two commands: the second one is the chart's own test."""
    with httpx.Client(base_url=operator.url, timeout=30, trust_env=False) as http:
        registered = http.post("/api/auth/register", json=ACCOUNT)
        assert registered.status_code == 201, registered.text
        token = registered.json()["access_token"]
        auth = {"Authorization": f"Bearer {token}"}
        made = http.post("/api/me/tasks", json={"title": "Outlive the release"}, headers=auth).json()

    operator.helm("uninstall", "todo", "--wait")
    values = {"--create-namespace": shlex.join(["--create-namespace", *operator.values])}
    said = operator.follow(code_block("charts/todo-stack/README.md", "The todo-stack chart", "helm install", values))
    assert "Succeeded" in said

    with httpx.Client(base_url=operator.url, timeout=30, trust_env=False) as http:
        assert http.get("/api/me/tasks", headers=auth).json() == [made], "the old login and the old row"
        assert http.post("/api/auth/login", json=ACCOUNT).status_code == 200


def test_an_upgrade_runs_the_images_that_were_built_last_and_replaces_no_other_pod(
    operator: Operator, tmp_path: Path
) -> None:
    """The first upgrade is that of docs/operations.md, with a backup before and the chart's own test after it."""
    checkout = copy_checkout(Subprocess(), tmp_path / "checkout")
    backup = tmp_path / "before.dump"
    here = {
        "FILE": f"{backup} --namespace {NAMESPACE}",
        "./dev images": f"./dev images | sed 's/ -n [^ ]*/ -n {NAMESPACE}/'",
    }
    assert "Succeeded" in operator.follow(
        code_block("docs/operations.md", "Upgrade", "./dev backup", here), cwd=checkout
    )
    assert backup.read_bytes().startswith(MAGIC)
    before, revision = operator.pods(), operator.revision()

    operator.upgrade_as_printed(checkout)
    assert operator.pods() == before, "nothing has changed"

    with (checkout / "mcp_server/todo_mcp/__init__.py").open("a") as source:
        source.write("# built again\n")
    try:
        operator.upgrade_as_printed(checkout)
        assert operator.revision() != revision
        replaced = before - operator.pods()
        assert {name.rpartition("-")[0].rpartition("-")[0] for name in replaced} == {"todo-mcp-server"}
    finally:
        operator.run("./dev", "images")  # the default tag is this checkout's again
