"""A database outside of the stack: several hosts and IPv6, for the backend and for the network policy."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from scripts.core.paths import ROOT
from tests.chart.conftest import Render
from tests.chart.helm import Helm, HelmError, Object
from tests.chart.manifests import environment, main_container, one

# Hosts of the URL → hosts and ports as the backend connects to them, and ports that the policy opens.
HOSTS: dict[str, tuple[str, str, set[int]]] = {
    "db": ("db", "5432", {5432}),
    "db.example.com:6432": ("db.example.com", "6432", {6432}),
    "[::1]:5432": ("::1", "5432", {5432}),
    "[2001:db8::7]": ("2001:db8::7", "5432", {5432}),
    "10.0.0.7:6432": ("10.0.0.7", "6432", {6432}),
    "host1:1,host2:65535": ("host1,host2", "1,65535", {1, 65535}),
    "host1:5432,host2:5432": ("host1,host2", "5432,5432", {5432}),
    "host1,host2:5433,[::1]:5434": ("host1,host2,::1", "5432,5433,5434", {5432, 5433, 5434}),
}

READ_BY_BACKEND = """
import json, sys
from sqlalchemy import create_engine
from app.settings import DatabaseSettings
for text in json.load(sys.stdin):
    url = DatabaseSettings.load(database_url=text).sqlalchemy_url()
    _, arguments = create_engine(url).dialect.create_connect_args(url)
    print(json.dumps({key: str(arguments.get(key, "")) for key in ("host", "port", "user", "dbname")}))
"""


def elsewhere(hosts: str, scheme: str = "postgresql") -> dict[str, Any]:
    url = f"{scheme}://todo@{hosts}/todo?target_session_attrs=read-write"
    return {"postgres": {"enabled": False}, "backend": {"database": {"url": url}}}


def backend_url(objects: list[Object]) -> str:
    return environment(objects, main_container(objects, "backend"))["TODO_DATABASE_URL"]


def test_the_backend_connects_to_the_hosts_that_were_given(render: Render) -> None:
    schemes = ("postgresql", "postgresql+psycopg")
    urls = [backend_url(render(elsewhere(hosts, scheme))) for hosts in HOSTS for scheme in schemes]
    argv = [sys.executable, "-c", READ_BY_BACKEND]
    where = ROOT / "backend"
    done = subprocess.run(argv, cwd=where, input=json.dumps(urls), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    read = [json.loads(line) for line in done.stdout.splitlines()]
    expected = [
        {"host": host, "port": port if "," in port or f":{port}" in hosts else "", "user": "todo", "dbname": "todo"}
        for hosts, (host, port, _) in HOSTS.items()
        for _ in schemes
    ]
    assert read == expected


@pytest.mark.parametrize("hosts", HOSTS)
def test_the_policy_opens_the_port_of_each_host(render: Render, hosts: str) -> None:
    policy = one(render(elsewhere(hosts)), "NetworkPolicy", "todo-backend-to-database")
    (rule,) = policy["spec"]["egress"]
    assert [port["protocol"] for port in rule["ports"]] == ["TCP"] * len(HOSTS[hosts][2])
    assert {port["port"] for port in rule["ports"]} == HOSTS[hosts][2]


@pytest.mark.parametrize(
    "hosts",
    ["", "host1,", "::1", "[::1", "host1:x", "host1:0", "host1:65536", "host1,host2:99999", "host1:123456", "a b"],
)
def test_hosts_that_the_backend_could_not_read_are_refused(helm: Helm, hosts: str) -> None:
    with pytest.raises(HelmError, match=r"backend\.database\.url must be postgresql://user@host"):
        helm.render(elsewhere(hosts))
