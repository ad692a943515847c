"""Removing the development stack and deploying it again."""

from __future__ import annotations

import os
import secrets
import subprocess

import httpx

from scripts.cluster import api, select
from scripts.cluster.provider import environment
from scripts.commands.down import remove
from scripts.core.paths import ROOT
from scripts.kube.api import collection
from scripts.stack import BACKUP_CLAIM, DATABASE_CLAIM
from tests.documents import code_block
from tests.e2e.conftest import eventually
from tests.e2e.deployed import find

APART = "todo-down-test"


def dev(*words: str) -> None:
    done = subprocess.run(["./dev", *words], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr


def test_a_row_survives_down_and_up() -> None:
    dev("up", "--once", "--engine", "embedded")
    url = find().url
    account = {"email": f"{secrets.token_hex(6)}@example.com", "password": secrets.token_urlsafe(16)}
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
        token = http.post("/api/auth/register", json=account).json()["access_token"]
        auth = {"Authorization": f"Bearer {token}"}
        made = http.post("/api/me/tasks", json={"title": "Outlive the stack"}, headers=auth).json()

    dev("down")
    stopped = subprocess.run(["./dev", "status"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert stopped.returncode == 1
    assert "not deployed; run: ./dev up" in stopped.stdout

    dev("up", "--once", "--engine", "embedded")
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
        assert http.get("/api/me/tasks", headers=auth).json() == [made]


def test_the_commands_that_debug_a_pod_work_on_the_development_stack() -> None:
    """With nobody at the terminal: the shells end at once, and the log is not followed."""
    dev("up", "--once", "--engine", "embedded")
    code = code_block("CONTRIBUTING.md", "Debug a pod", "./dev logs", {" -f\n": "\n"})
    argv = ["bash", "-euo", "pipefail", "-c", code]
    done = subprocess.run(argv, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "app.kubernetes.io/component=backend" in done.stdout


def test_down_with_volumes_leaves_no_data_behind_but_backups() -> None:
    """In a separate namespace, as the data of the development stack must survive the tests."""
    provider, _ = select.choose()
    kube = api.connect(provider)
    env = {**os.environ, **environment(provider)}

    def run(*argv: str, text: str = "") -> str:
        done = subprocess.run(argv, cwd=ROOT, env=env, input=text, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("kubectl", "delete", "namespace", APART, "--ignore-not-found", "--wait")
    run("kubectl", "create", "namespace", APART)
    values = ("--set", "frontend.service.nodePort=,postgres.backup.enabled=true")
    chart = run("helm", "template", "todo", "charts/todo-stack", "-n", APART, *values)
    run("kubectl", "apply", "-n", APART, "-f", "-", text=chart)

    def names(version: str, plural: str) -> set[str]:
        listed = kube.call(f"list {plural}", "GET", collection(version, plural, APART))["items"]
        return {item["metadata"]["name"] for item in listed}

    both = {DATABASE_CLAIM, BACKUP_CLAIM}
    eventually(lambda: names("v1", "persistentvolumeclaims") == both, "the claims of database and backups are there")

    remove(kube, volumes=False, namespace=APART)
    assert names("v1", "persistentvolumeclaims") == both
    assert names("batch/v1", "cronjobs") == set()
    remove(kube, volumes=True, namespace=APART)
    eventually(lambda: names("v1", "persistentvolumeclaims") == {BACKUP_CLAIM}, "only the backups' claim is left")
    assert names("v1", "secrets") == set()
    run("kubectl", "delete", "namespace", APART, "--wait")
