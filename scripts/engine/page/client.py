"""Asks a running loop through its page: for `./dev status` and `./dev logs`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from urllib.request import Request

from scripts.cluster.provider import Provider
from scripts.core import direct_http
from scripts.core.errors import UserError
from scripts.engine.page.server import PORT


def running_loop(provider: Provider) -> dict[str, Any] | None:
    """The loop that holds a cluster's Lease: `holder`, `port` of its page on this machine (0: it has none here), and
    its state as the page tells it. None when none runs, or the cluster does not answer."""
    from scripts.cluster import api
    from scripts.engine.loop import lease

    try:
        found = lease.holder(api.connect(provider))
    except UserError:
        return None
    if found is None:
        return None
    who, port = found
    state = status_snapshot(port) if port else None
    return {"resources": [], "updates": [], **(state or {}), "holder": who, "port": port if state else 0}


def status_snapshot(port: int = PORT) -> dict[str, Any] | None:
    """The state of the loop whose page is on a port (`resources`, `updates`), None when there is none."""
    try:
        with direct_http.ask(f"http://127.0.0.1:{port}/api/state", 3) as answer:
            state = json.load(answer)
    except (*direct_http.FAILURES, ValueError):
        return None
    return state if isinstance(state, dict) and "resources" in state else None


def log_lines(resource: str = "", *, follow: bool = False, port: int = PORT) -> Iterator[tuple[str, str]]:
    """(resource, text) of the merged log or of one resource; with `follow` for as long as the loop runs."""
    path = "events" if follow else f"logs?resource={quote(resource)}"
    try:
        with direct_http.ask(f"http://127.0.0.1:{port}/api/{path}", 60 if follow else 10) as answer:
            event = b"logs" if not follow else b""
            for raw in answer:
                field, _, value = raw.rstrip(b"\n").partition(b": ") if follow else (b"data", b"", raw)
                event = value if field == b"event" else event
                if field == b"data" and event == b"logs":
                    for line in json.loads(value):
                        if resource in ("", line["resource"]):
                            yield line["resource"], line["text"]
    except direct_http.FAILURES as error:
        what = f"the loop's page on port {port} does not answer: {error}"
        raise UserError(what, "is ./dev up still running?") from None


def trigger(resource: str, port: int = PORT) -> bool:
    """Press the button of a resource; False when there is no such resource."""
    url = f"http://127.0.0.1:{port}/api/trigger?name={quote(resource)}"
    try:
        with direct_http.ask(Request(url, method="POST", headers={"X-Todo-Stack": "page"}), 5) as answer:
            return bool(answer.status == 202)
    except direct_http.FAILURES:
        return False
