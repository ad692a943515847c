"""Removing the development stack and deploying it again."""

from __future__ import annotations

import os
import secrets
import subprocess

import httpx

from scripts.cluster import api, select
from scripts.commands.down import remove
from scripts.core.paths import ROOT
from scripts.kube.api import collection
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


def test_down_with_volumes_leaves_no_data_behind() -> None:
    """In a separate namespace, as the data of the development stack must survive the tests."""
    provider, _ = select.choose()
    kube = api.connect(provider)
    tools = provider.bin_dir()
    env = {**os.environ, "KUBECONFIG": str(provider.kubeconfig())}
    if tools:
        env["PATH"] = f"{tools}{os.pathsep}{env['PATH']}"

    def run(*argv: str, text: str = "") -> str:
        done = subprocess.run(argv, cwd=ROOT, env=env, input=text, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("kubectl", "delete", "namespace", APART, "--ignore-not-found", "--wait")
    run("kubectl", "create", "namespace", APART)
    chart = run("helm", "template", "todo", "charts/todo-stack", "-n", APART, "--set", "frontend.service.nodePort=")
    run("kubectl", "apply", "-n", APART, "-f", "-", text=chart)
    claims, kept = collection("v1", "persistentvolumeclaims", APART), collection("v1", "secrets", APART)
    eventually(lambda: len(kube.call("list claims", "GET", claims)["items"]) == 1, "the database's claim is there")

    remove(kube, volumes=False, namespace=APART)
    assert len(kube.call("list claims", "GET", claims)["items"]) == 1
    remove(kube, volumes=True, namespace=APART)
    eventually(lambda: kube.call("list claims", "GET", claims)["items"] == [], "no claim is left")
    assert kube.call("list secrets", "GET", kept)["items"] == []
    run("kubectl", "delete", "namespace", APART, "--wait")
