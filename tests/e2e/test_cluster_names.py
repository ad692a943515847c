"""The services inside the cluster under their DNS names."""

import json

import httpx
import pytest

from tests.e2e.deployed import Deployed

FETCH = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode())"


@pytest.mark.parametrize("name", ["backend-service", "backend-service.{namespace}.svc.cluster.local"])
def test_the_backend_answers_under_its_dns_name(stack: Deployed, name: str) -> None:
    url = f"http://{name.format(namespace=stack.namespace)}:8000/health"
    answer = json.loads(stack.execute("mcp-server", "python", "-c", FETCH, url))
    assert (answer["status"], answer["service"]) == ("ok", "backend")
    assert len(answer["revision"]) == 12


def test_the_page_and_its_assets_are_served(http: httpx.Client) -> None:
    page = http.get("/")
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
    assert '<div id="root">' in page.text
    assert http.get("/health").json()["service"] == "frontend"
