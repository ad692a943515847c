"""`./dev secrets` on the Secret of a running stack."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from scripts.core.paths import ROOT
from scripts.kube.api import collection
from scripts.stack import SECRET
from tests.e2e.conftest import User, eventually
from tests.e2e.deployed import Deployed


def secret(stack: Deployed) -> dict[str, Any]:
    found = stack.kube.find(f"{collection('v1', 'secrets', stack.namespace)}/{SECRET}")
    assert found is not None
    return found


def seed(*words: str, **variables: str) -> str:
    """What the command says. It must never be one of the values."""
    env = {**os.environ, **variables}
    done = subprocess.run(["./dev", "secrets", *words], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
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


@pytest.fixture
def no_model_key(stack: Deployed) -> Iterator[None]:
    """The developer's own key is put back."""
    own = base64.b64decode(secret(stack)["data"]["openai-api-key"]).decode()
    if own:
        seed("--forget-openai-key")
    yield
    if own:
        seed(OPENAI_API_KEY=own)


def test_a_model_key_is_used_at_once_and_forgotten_when_told(
    stack: Deployed, http: httpx.Client, user: User, no_model_key: None
) -> None:
    def asked_a_model() -> bool | None:
        """The rules answer in either case, and say so where a model failed; None where nothing answers yet."""
        turn = http.post("/api/me/chat", json={"message": "What is pending?"}, headers=user.auth)
        return "The model API" in turn.json()["response"] if turn.is_success else None

    eventually(lambda: asked_a_model() is False, "the rule-based assistant answers")
    try:
        assert "todo-backend restarts" in seed(OPENAI_API_KEY="sk-refused-by-every-model-server")
        eventually(lambda: asked_a_model() is True, "the model is asked")
    finally:
        said = seed("--forget-openai-key")
    assert "openai-api-key: empty" in said and "todo-backend restarts" in said
    eventually(lambda: asked_a_model() is False, "the rule-based assistant alone answers again")
