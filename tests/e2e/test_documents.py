"""The commands by which documents have people and scripts make a personal token."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import httpx
import pytest

from tests.documents import code_block
from tests.e2e.conftest import User
from tests.e2e.deployed import Deployed
from tests.e2e.mcp_client import call_tool

HERE = "http://127.0.0.1:30300"
"""The stack's address in documents."""


def run(code: str, **variables: str) -> str:
    """What the commands print, in a shell of somebody who has curl and jq."""
    if missing := [name for name in ("curl", "jq") if shutil.which(name) is None]:
        pytest.skip(f"the commands need {' and '.join(missing)}")
    env = {**os.environ, "no_proxy": "*", **variables}
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", code], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_login_makes_a_token_as_the_page_on_security_says(stack: Deployed, http: httpx.Client, user: User) -> None:
    code = code_block("docs/security.md", "A token for your own MCP client", "curl", {HERE: stack.url})
    made = json.loads(run(code, ACCESS_TOKEN=user.token))
    assert made["token"].startswith("todo_pat_")
    auth = {"Authorization": f"Bearer {made['token']}"}
    assert http.get("/api/me/tasks", headers=auth).json() == []


def test_a_script_makes_a_token_for_mcp_clients_as_their_page_says(stack: Deployed, user: User) -> None:
    account = {"you@example.org": user.email, '"…"': json.dumps(user.password)}
    code = code_block("docs/mcp-clients.md", "A personal token", "url=", {HERE: stack.url, **account})
    token = run(f'{code}printf %s "$TODO_TOKEN"')
    made = call_tool(stack.url, token, "add_task", {"title": "From a script"})
    assert made["status"] == "created"
