"""The commands of documents that change keys, passwords, metrics and traces of a release that serves."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from scripts.services import SERVICES
from tests.documents import code_block
from tests.install.conftest import NAMESPACE, Operator

ROLLED_OUT = ("rollout", "status", "deployment/todo-backend", "--timeout=3m")


@pytest.fixture(scope="module")
def release(operator: Operator) -> Iterator[Operator]:
    """The operator's release, which has the values of before again afterwards."""
    yield operator
    operator.change("backend.jwt.existingSecret=", "backend.jwt.keys=")


@pytest.fixture
def user(release: Operator) -> Iterator[httpx.Client]:
    """Somebody who is logged in."""
    account = {"email": f"{secrets.token_hex(6)}@example.com", "password": secrets.token_urlsafe(16)}
    with httpx.Client(base_url=release.url, timeout=60, trust_env=False) as http:
        token = http.post("/api/auth/register", json=account).raise_for_status().json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        yield http


def kubectl(operator: Operator, *words: str) -> str:
    return operator.run("kubectl", "-n", NAMESPACE, *words).stdout


def secret(operator: Operator, key: str) -> str:
    """A value of the Secret that the chart makes."""
    data = json.loads(kubectl(operator, "get", "secret", "todo-secrets", "-o", "json"))["data"]
    return base64.b64decode(data[key]).decode()


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_signing_key_is_added_in_each_way_of_the_charts_readme_and_a_model_key_is_removed(
    release: Operator, user: httpx.Client, tmp_path: Path
) -> None:
    """All at once, as each restarts the backend. Nobody is logged out."""
    model = json.dumps({"data": {"openai-api-key": in_base64("a key of a model")}})
    kubectl(release, "patch", "secret", "todo-secrets", "-p", model)
    keys = f"{secret(release, 'jwt-keys')},added:{secrets.token_hex(32)}"
    file, values = tmp_path / "keys", tmp_path / "values.yaml"
    file.write_text(f"{keys}\n")
    values.write_text("backend: {jwt: {existingSecret: todo-jwt}}\n")
    ways = {"FILE-WITH-VALUES": str(values), "=FILE": f"={file}"}
    release.follow(code_block("charts/todo-stack/README.md", "Secrets", "kubectl create secret", ways))
    assert secret(release, "jwt-keys") == keys

    release.follow(code_block("charts/todo-stack/README.md", "Secrets", "kubectl -n todo-stack patch secret"))
    assert secret(release, "openai-api-key") == ""
    kubectl(release, *ROLLED_OUT)  # kubectl refuses a second restart within a second of the first
    said = release.follow(code_block("charts/todo-stack/README.md", "Secrets", "kubectl -n todo-stack rollout restart"))
    assert "successfully rolled out" in said
    assert '"name": "todo-jwt"' in kubectl(release, "get", "deployment/todo-backend", "-o", "json")
    user.get("/api/me/tasks").raise_for_status()


def test_the_databases_password_is_changed_and_kept_as_a_revision(release: Operator, user: httpx.Client) -> None:
    password = secrets.token_hex(16)
    code = code_block("docs/operations.md", "Rotate keys and passwords", "kubectl -n todo-stack exec")
    editor = f"sed -i 's|^  postgres-password: .*|  postgres-password: {in_base64(password)}|'"
    release.follow(code, typed=f"{password}\n{password}\n", editor=editor)
    kubectl(release, *ROLLED_OUT)
    user.get("/api/me/tasks").raise_for_status()
    assert in_base64(password) not in release.helm("get", "manifest", "todo").stdout

    release.follow(code_block("docs/operations.md", "Rotate keys and passwords", "helm upgrade"))
    assert in_base64(password) in release.helm("get", "manifest", "todo").stdout


def test_metrics_and_traces_are_turned_on_by_the_page_on_observability(release: Operator) -> None:
    """As far as the cluster would take it: nothing is replaced for it."""
    there = {"--reset-then-reuse-values": "--reset-then-reuse-values --dry-run=server"}
    said = release.follow(code_block("docs/observability.md", "Metrics", "helm upgrade", there))
    assert said.count('"TODO_METRICS_PORT": "9464"') == len(SERVICES)
    said = release.follow(code_block("docs/observability.md", "Traces", "helm upgrade", there))
    assert said.count('"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.monitoring:4318"') == len(SERVICES)
