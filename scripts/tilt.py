"""A Tilt that runs on this machine: whether there is one, and what it says of its resources."""

from __future__ import annotations

import json

from scripts.core import direct_http
from scripts.core.ports import PAGE_PORT
from scripts.core.runner import Runner

COOKIE = "Tilt-Token="


def answers(port: int = PAGE_PORT) -> bool:
    """Whether Tilt serves its page on a port of this machine: its API refuses strangers, its page sets a cookie."""
    try:
        with direct_http.ask(f"http://127.0.0.1:{port}/", 2) as response:
            return any(cookie.startswith(COOKIE) for cookie in response.headers.get_list("set-cookie"))
    except direct_http.FAILURES:
        return False


def states(runner: Runner, port: int = PAGE_PORT) -> dict[str, str]:
    """Name → state in words of every resource; nothing without the `tilt` program, which is what asks."""
    if runner.which("tilt") is None:
        return {}
    asked = runner.run(["tilt", "get", "uiresources", "-o", "json", "--port", str(port)], check=False, timeout=10)
    if asked.returncode != 0:
        return {}
    found = {}
    for item in json.loads(asked.stdout)["items"]:
        status = item.get("status", {})
        update, runtime = status.get("updateStatus", "unknown"), status.get("runtimeStatus", "unknown")
        found[item["metadata"]["name"]] = update if runtime == "not_applicable" else f"update {update}, pods {runtime}"
    return found
