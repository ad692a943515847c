"""The chart's autoscaler adds pods under load, by the metrics of the cluster."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from tests.e2e.conftest import eventually
from tests.install.conftest import NAMESPACE, Operator

CLIENTS = 4


@contextmanager
def load(url: str) -> Iterator[Callable[[], None]]:
    """Read an account's tasks without a pause, on four connections. What is yielded raises what has failed of that."""
    account = {"email": f"{secrets.token_hex(6)}@example.com", "password": secrets.token_urlsafe(16)}
    answer = httpx.post(f"{url}/api/auth/register", json=account, timeout=30, trust_env=False).raise_for_status()
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    end = threading.Event()

    def read() -> None:
        with httpx.Client(headers=headers, timeout=30, trust_env=False) as http:
            while not end.is_set():
                http.get(f"{url}/api/me/tasks").raise_for_status()

    with ThreadPoolExecutor(CLIENTS) as pool:
        reading = [pool.submit(read) for _ in range(CLIENTS)]

        def check() -> None:
            for ended in [each for each in reading if each.done()]:
                ended.result()

        try:
            yield check
        finally:
            end.set()
    check()


def backends(operator: Operator) -> int:
    """How many pods of the backend serve."""
    listed = operator.run("kubectl", "-n", NAMESPACE, "get", "deployment/todo-backend", "-o", "json").stdout
    return int(json.loads(listed)["status"].get("readyReplicas", 0))


def test_load_brings_a_second_backend(operator: Operator) -> None:
    known = operator.run("kubectl", "get", "--raw", "/apis/metrics.k8s.io/v1beta1", check=False)
    if known.returncode != 0:
        pytest.skip("the cluster has no metrics server")
    scaling = "backend.autoscaling"
    operator.change(f"{scaling}.enabled=true", f"{scaling}.minReplicas=1", f"{scaling}.maxReplicas=2")
    try:
        assert backends(operator) == 1
        with load(operator.url) as check:

            def scaled() -> bool:
                check()
                return backends(operator) == 2

            eventually(scaled, "the autoscaler has added a backend")
    finally:
        operator.change(f"{scaling}.enabled=false")
