"""The backend without the frontend before it: through a port forward, and under its DNS names from within a pod."""

import json
import secrets

import httpx
import pytest

from tests.e2e.deployed import Deployed

PORT = 8000
FETCH = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode())"


def test_the_backend_serves_accounts_and_tasks_through_a_port_forward(stack: Deployed) -> None:
    account = {"email": f"{secrets.token_hex(8)}@example.com", "password": secrets.token_urlsafe(16)}
    with stack.forwarded("backend", PORT) as url, httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
        assert http.get("/ready").status_code == 200
        assert http.get("/api/me/tasks").status_code == 401
        registered = http.post("/api/auth/register", json=account)
        assert registered.status_code == 201, registered.text
        http.headers["Authorization"] = f"Bearer {registered.json()['access_token']}"
        made = http.post("/api/me/tasks", json={"title": "Without the frontend"})
        assert made.status_code == 201, made.text
        assert http.get("/api/me/tasks").json() == [made.json()]


@pytest.mark.parametrize("name", ["backend-service", "backend-service.{namespace}.svc.cluster.local"])
def test_the_backend_answers_under_its_dns_name_from_within_a_pod(stack: Deployed, name: str) -> None:
    url = f"http://{name.format(namespace=stack.namespace)}:{PORT}/health"
    answer = json.loads(stack.execute("mcp-server", "python", "-c", FETCH, url))
    assert (answer["status"], answer["service"]) == ("ok", "backend")
    assert len(answer["revision"]) == 12
