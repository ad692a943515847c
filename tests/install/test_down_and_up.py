"""Taking the development stack down and bringing it up again."""

from __future__ import annotations

import secrets
import subprocess

import httpx

from scripts.core.paths import ROOT
from tests.e2e.deployed import find


def dev(*words: str) -> None:
    done = subprocess.run(["./dev", *words], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr


def test_a_row_survives_down_and_up() -> None:
    dev("up", "--once", "--engine", "embedded")
    url = find().url
    account = {"email": f"{secrets.token_hex(6)}@example.com", "password": secrets.token_urlsafe(16)}
    with httpx.Client(base_url=url, timeout=30) as http:
        token = http.post("/api/auth/register", json=account).json()["access_token"]
        auth = {"Authorization": f"Bearer {token}"}
        made = http.post("/api/me/tasks", json={"title": "Outlive the stack"}, headers=auth).json()

    dev("down")
    stopped = subprocess.run(["./dev", "status"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert stopped.returncode == 1
    assert "not deployed; run: ./dev up" in stopped.stdout

    dev("up", "--once", "--engine", "embedded")
    with httpx.Client(base_url=url, timeout=30) as http:
        assert http.get("/api/me/tasks", headers=auth).json() == [made]
