"""Asks a running loop for its state and logs, through its page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from scripts.core import direct_http
from scripts.core.errors import UserError
from scripts.core.ports import PAGE_PORT
from scripts.engine.page import guard
from scripts.kube import lease
from scripts.kube.api import Kube


def running_loop(kube: Kube, name: lease.Name) -> dict[str, Any] | None:
    """The loop that holds the Lease: `holder`, `port` of its page on this machine (0: it has none here), and its state
    as the page shows it. None if no loop runs, or the cluster does not answer."""
    try:
        found = lease.holder(kube, name)
    except UserError:
        return None
    if found is None:
        return None
    who, port = found
    state = status_snapshot(port) if port else None
    return {"resources": [], **(state or {}), "holder": who, "port": port if state else 0}


def status_snapshot(port: int = PAGE_PORT) -> dict[str, Any] | None:
    """The state of the loop whose page is on `port` (`resources`); None if there is none."""
    state = _read("state", port)
    return state if isinstance(state, dict) and "resources" in state else None


def recent_updates(port: int = PAGE_PORT) -> list[dict[str, Any]] | None:
    """The latest updates of all resources, oldest first; None if there is no loop."""
    updates = _read("updates", port)
    return updates if isinstance(updates, list) else None


def _read(what: str, port: int) -> Any:
    try:
        with direct_http.ask(f"http://127.0.0.1:{port}/api/{what}", 3) as response:
            return json.loads(response.read())
    except (*direct_http.FAILURES, ValueError):
        return None


def log_lines(resource: str = "", *, follow: bool = False, port: int = PAGE_PORT) -> Iterator[dict[str, Any]]:
    """Lines (`resource`, `text`, `time` in seconds since the epoch, `level`) of the merged log or of one resource; with
    `follow` for as long as the loop runs."""
    batches = _followed(port) if follow else _kept(port, resource)
    try:
        for batch in batches:
            for line in batch:
                if resource in ("", line["resource"]):
                    yield {"level": "", **line}
    except direct_http.FAILURES as error:
        what = f"the loop's page on port {port} does not answer: {error}"
        raise UserError(what, "is ./dev up still running?") from None


def state_changes(port: int = PAGE_PORT) -> Iterator[dict[str, Any]]:
    """The state, now and after each change, for as long as the loop runs."""
    rows: dict[str, Any] = {}
    try:
        for event, body in _events(port):
            if event == "rows":
                rows = {**rows, **{row["name"]: row for row in body["rows"]}}
                yield {"resources": [rows[name] for name in body["names"]]}
    except direct_http.FAILURES as error:
        what = f"the loop's page on port {port} does not answer: {error}"
        raise UserError(what, "is ./dev up still running?") from None


def _kept(port: int, resource: str) -> Iterator[Any]:
    with direct_http.ask(f"http://127.0.0.1:{port}/api/logs?resource={quote(resource)}", 10) as response:
        yield json.loads(response.read())


def _followed(port: int) -> Iterator[Any]:
    return (body for event, body in _events(port) if event == "logs")


def _events(port: int) -> Iterator[tuple[str, Any]]:
    """Name and data of each event. Raises one of direct_http.FAILURES, also for a stream that ends within an event."""
    event = ""
    with direct_http.ask(f"http://127.0.0.1:{port}/api/events", 60) as response:
        for raw in response:
            field, _, value = raw.decode(errors="replace").rstrip("\n").partition(": ")
            if field == "event":
                event = value
            elif field == "data":
                try:
                    body = json.loads(value)
                except ValueError:
                    raise ConnectionError("its stream was cut") from None
                yield event, body


def trigger(resource: str, port: int = PAGE_PORT, *, confirmed: bool = False) -> bool:
    """Press the button of a resource; False if there is no such resource, or it asks first and nobody `confirmed`."""
    url = f"http://127.0.0.1:{port}/api/trigger?name={quote(resource)}{'&confirmed=yes' if confirmed else ''}"
    try:
        with direct_http.ask(url, 5, method="POST", headers=dict([guard.OURS])) as response:
            return response.status == 202
    except direct_http.FAILURES:
        return False
