"""`./dev secrets` on the Secret of a running stack."""

from __future__ import annotations

import base64
import os
import subprocess
from typing import Any

from scripts.cluster.kube import collection
from scripts.core.paths import ROOT
from scripts.stack import SECRET
from tests.e2e.deployed import Deployed


def secret(stack: Deployed) -> dict[str, Any]:
    found = stack.kube.find(f"{collection('v1', 'secrets', stack.namespace)}/{SECRET}")
    assert found is not None
    return found


def seed(**variables: str) -> str:
    """What the command says. It must never be one of the values."""
    done = subprocess.run(
        ["./dev", "secrets"], cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_seeding_again_changes_nothing_and_shows_no_value(stack: Deployed) -> None:
    before = secret(stack)
    said = seed()
    assert secret(stack)["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    for value in filter(None, before["data"].values()):
        assert base64.b64decode(value).decode() not in said
    assert "postgres-password: kept" in said


def test_the_password_of_the_running_database_is_kept_with_a_warning(stack: Deployed) -> None:
    before = secret(stack)
    said = seed(TODO_POSTGRES_PASSWORD="another one")
    assert "warning: TODO_POSTGRES_PASSWORD differs" in said
    assert "another one" not in said
    assert secret(stack)["data"] == before["data"]
