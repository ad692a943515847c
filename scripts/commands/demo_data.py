"""`./dev demo-data`: adds a demo account with some tasks, through the app's own API."""

from __future__ import annotations

import argparse
import json
from typing import Any
from urllib.parse import quote

from scripts import helm_release
from scripts.cluster import api, select
from scripts.core import direct_http
from scripts.core.errors import UserError
from scripts.stack import FRONTEND_NODE_PORT

EMAIL = "demo@example.com"
PASSWORD = "demo-password"  # known to all: the account exists on development clusters only
SECONDS = 30
CURE = f"is the stack up? ./dev status; if {EMAIL} has another password, log in with that one, or ./dev reset-database"
TASKS = (
    ("Water the plants", False),
    ("Buy groceries", False),
    ("Answer Ada's letter", True),
    ("Book the dentist", False),
    ("Read chapter four of the manual", True),
    ("Prepare Friday's demo", False),
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")


def run(args: argparse.Namespace) -> int:
    provider, _ = select.choose(args.cluster)
    helm_release.refuse(api.connect(provider), "./dev demo-data adds only to a stack that ./dev up deployed")
    url = provider.node_url(FRONTEND_NODE_PORT)
    try:
        added = seed(url)
    except (*direct_http.FAILURES, ValueError) as error:
        raise UserError(f"the app at {url} does not take demo data: {error}", CURE) from None
    print(f"{added} of {len(TASKS)} tasks added; log in at {url} as {EMAIL} with the password {PASSWORD}")
    return 0


def seed(url: str) -> int:
    """Add the tasks that the account does not have; returns how many. Raises what a request raises."""
    account = {"email": EMAIL, "password": PASSWORD}
    try:
        session = _call(url, "POST", "/api/auth/login", account)
    except direct_http.FAILURES:
        session = _call(url, "POST", "/api/auth/register", {**account, "name": "Demo"})
    token, tasks = session["access_token"], f"/api/{session['user']['id']}/tasks"
    missing = [task for task in TASKS if not _has(url, f"{tasks}?q={quote(task[0])}", task[0], token)]
    for title, completed in missing:
        task = _call(url, "POST", tasks, {"title": title}, token)
        if completed:
            _call(url, "PATCH", f"{tasks}/{task['id']}/complete", {"completed": True}, token)
    return len(missing)


def _has(url: str, tasks: str, title: str, token: str) -> bool:
    """Searched for: there may be more tasks than one page of the list has."""
    return any(task["title"] == title for task in _call(url, "GET", tasks, token=token))


def _call(url: str, method: str, path: str, body: object = None, token: str = "") -> Any:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    with direct_http.ask(f"{url}{path}", SECONDS, method=method, headers=headers, body=data) as response:
        return json.loads(response.read() or b"null")
