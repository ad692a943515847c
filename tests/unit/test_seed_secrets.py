"""`./dev secrets` against an API server: what it reads, creates, changes and restarts."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts import secret_values, seed_secrets
from scripts.cluster import api as cluster_api
from scripts.cluster.current.provider import Current
from scripts.core.errors import UserError
from scripts.kube import restart
from tests.unit.cluster.cluster_home import Api, own_home, serve_api, write_kubeconfig
from tests.unit.fakes import FakeRunner

SECRETS = "/api/v1/namespaces/todo-stack/secrets"
SECRET = f"{SECRETS}/todo-secrets"
BACKEND = "/apis/apps/v1/namespaces/todo-stack/deployments/todo-backend"
KINDS = [{"name": "namespaces", "kind": "Namespace", "namespaced": False},
         {"name": "secrets", "kind": "Secret", "namespaced": True}]  # fmt: skip


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    own_home(tmp_path, monkeypatch)
    for item in secret_values.ITEMS:
        monkeypatch.delenv(item.variable, raising=False)
    with serve_api({"/api/v1": {"resources": KINDS}}) as served:
        write_kubeconfig(tmp_path / ".kube" / "config", "kind-dev", {"kind-dev": served.url})
        yield served


def seed(given: dict[str, str] | None = None) -> bool:
    """Whether the backend was restarted."""
    _, restarted = seed_secrets.seed(cluster_api.connect(Current(FakeRunner())), given or {})
    return restarted


def held(api: Api) -> dict[str, str]:
    return {key: base64.b64decode(value).decode() for key, value in api.answers[SECRET]["data"].items()}


def writes(api: Api) -> list[str]:
    return [request for request in api.requests if not request.startswith("GET") and "todo-stack/" in request]


def test_a_first_run_creates_the_secret_and_a_second_writes_nothing(api: Api) -> None:
    assert not seed()
    assert set(held(api)) == {"postgres-password", "jwt-keys", "openai-api-key"}
    assert not seed()
    assert writes(api) == [f"POST {SECRETS}"]


def test_of_two_concurrent_first_runs_the_second_keeps_the_values_of_the_first(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run creates the Secret between our read and our write."""
    decide = secret_values.decide

    def overtaken(*words: Any, **options: Any) -> Any:
        made = decide(*words, **options)
        if SECRET not in api.answers:
            theirs = {"postgres-password": "theirs", "jwt-keys": "k1:" + "t" * 32, "openai-api-key": ""}
            data = {key: base64.b64encode(value.encode()).decode() for key, value in theirs.items()}
            api.answers[SECRET] = {"metadata": {"name": "todo-secrets"}, "data": data}
        return made

    monkeypatch.setattr("scripts.seed_secrets.decide", overtaken)
    seed()
    assert held(api)["postgres-password"] == "theirs"


def test_a_changed_value_restarts_a_running_backend(api: Api) -> None:
    seed()
    assert not seed({"OPENAI_API_KEY": "sk-1"}), "there is no backend yet"
    api.answers[BACKEND] = {"metadata": {"name": "todo-backend"}}
    assert not seed({"OPENAI_API_KEY": "sk-1"}), "nothing changed"
    assert seed({"OPENAI_API_KEY": "sk-2"})
    assert writes(api)[-2:] == [f"PATCH {SECRET}", f"PATCH {BACKEND}"]
    assert list(api.bodies[-1]["spec"]["template"]["metadata"]["annotations"]) == [restart.RESTARTED]


def test_a_key_that_somebody_added_to_the_secret_restarts_nothing(api: Api) -> None:
    seed()
    api.answers[BACKEND] = {"metadata": {"name": "todo-backend"}}
    api.answers[SECRET]["data"]["smtp-password"] = base64.b64encode(b"theirs").decode()
    assert not seed()
    assert writes(api) == [f"POST {SECRETS}"]


def test_a_secret_with_binary_data_is_refused_and_left_alone(api: Api) -> None:
    api.answers[SECRET] = {"data": {"postgres-password": base64.b64encode(b"\xff\xfe").decode()}}
    with pytest.raises(UserError, match="contains binary data, so ./dev did not create it"):
        seed()
    assert writes(api) == []


def test_of_what_the_backend_would_refuse_no_secret_is_made(api: Api) -> None:
    with pytest.raises(UserError, match="well-known default"):
        seed({"TODO_POSTGRES_PASSWORD": "changeme"})
    assert writes(api) == []


def test_an_empty_variable_does_not_hide_the_one_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("OPENAI_API_KEY=sk-file\nTODO_JWT_KEYS=\n")
    monkeypatch.setattr(seed_secrets, "ROOT", tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "")
    monkeypatch.delenv("TODO_JWT_KEYS", raising=False)
    monkeypatch.delenv("TODO_POSTGRES_PASSWORD", raising=False)
    assert seed_secrets.given_values() == {"OPENAI_API_KEY": "sk-file"}
