"""`helm test`: a new user creates a task at the backend and reads it through the frontend, as browsers do."""

import json
import os
import secrets
import sys
import time
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

BACKEND = os.environ["TODO_BACKEND_URL"]
FRONTEND = os.environ["TODO_FRONTEND_URL"]
DEADLINE = time.monotonic() + float(os.environ.get("TODO_CHECK_SECONDS", "90"))


def call(method: str, url: str, token: str = "", body: object = None) -> Any:
    """The JSON of the response, None for an empty one; exits with a message if the request fails."""
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(url, data, headers, method=method), timeout=10) as answer:
            return json.loads(answer.read() or "null")
    except HTTPError as error:
        sys.exit(f"{method} {url}: {error.code} {error.read(500).decode(errors='replace')}")
    except (URLError, OSError, ValueError) as error:
        sys.exit(f"{method} {url}: {error}")


def wait_ready(base: str) -> None:
    """Wait until the service at `base` is ready: Helm may start this pod before the others are."""
    while True:
        try:
            with urlopen(f"{base}/ready", timeout=5):
                return
        except (URLError, OSError) as error:
            if time.monotonic() > DEADLINE:
                sys.exit(f"GET {base}/ready: {error}")
            time.sleep(1)


def main() -> None:
    wait_ready(BACKEND)
    wait_ready(FRONTEND)
    user = {"email": f"helm-test-{secrets.token_hex(8)}@example.com", "password": secrets.token_urlsafe(24)}
    call("POST", f"{BACKEND}/api/auth/register", body=user)
    token = call("POST", f"{BACKEND}/api/auth/login", body=user)["access_token"]
    title = f"checked by helm test {secrets.token_hex(4)}"
    task = call("POST", f"{BACKEND}/api/me/tasks", token, {"title": title})
    seen = call("GET", f"{FRONTEND}/api/me/tasks", token)
    call("DELETE", f"{BACKEND}/api/me/tasks/{task['id']}", token)
    if [row["title"] for row in seen] != [title]:
        sys.exit(f"GET {FRONTEND}/api/me/tasks: expected the one task {title!r}, got {seen!r}")
    print(f"ok: registered, logged in, and read task {task['id']} through {FRONTEND}")


main()
