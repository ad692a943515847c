"""One deployed stack, and a new user for each test."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

import httpx
import pytest

from scripts.core.errors import UserError
from tests.artefacts import artefacts_of, collecting
from tests.e2e.deployed import Deployed, find

DEADLINE_SECONDS = 120
# `answered_by` without a model key. A model phrases its answers freely and may call other tools.
RULE_BASED = "rule-based"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what the browser showed when a test failed; its page is closed after that."""
    report = yield
    page = getattr(item, "funcargs", {}).get("page")
    if report.failed and report.when == "call" and page is not None and (folder := artefacts_of(item)) is not None:
        with collecting("the page's picture", report):
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=folder / "page.png", full_page=True)
        with collecting("the page's HTML", report):
            (folder / "page.html").write_text(page.content())
    return report


@pytest.fixture(scope="session")
def stack() -> Deployed:
    try:
        return find()
    except UserError as error:
        pytest.exit(f"tests/e2e: {error}", returncode=3)


@pytest.fixture
def http(stack: Deployed) -> Iterator[httpx.Client]:
    """A client of the frontend's NodePort, as a browser uses it."""
    with httpx.Client(base_url=stack.url, timeout=30, trust_env=False) as client:
        yield client


@dataclass(frozen=True)
class User:
    email: str
    password: str
    token: str
    id: str

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture
def register(http: httpx.Client) -> Callable[[], User]:
    def make() -> User:
        email, password = f"{secrets.token_hex(8)}@example.com", secrets.token_urlsafe(16)
        answer = http.post("/api/auth/register", json={"email": email, "password": password})
        assert answer.status_code == 201, answer.text
        body = answer.json()
        return User(email, password, body["access_token"], body["user"]["id"])

    return make


@pytest.fixture
def user(register: Callable[[], User]) -> User:
    return register()


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds; a connection error counts as not yet."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            if holds():
                return
        except httpx.TransportError:
            pass
        if time.monotonic() > deadline:
            pytest.fail(f"not within {DEADLINE_SECONDS} s: {what}")
        time.sleep(0.2)
