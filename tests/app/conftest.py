"""The app, a browser, and a context of it for each test."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from scripts import local_app
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.local_app import LocalApp
from tests.app.person import Person
from tests.watched import Watched, watched


@pytest.fixture(scope="session")
def app(browser: Browser) -> Iterator[LocalApp]:
    with local_app.running(Subprocess(), Steps()) as app:
        yield app


@pytest.fixture
def pages(browser: Browser, app: LocalApp) -> Iterator[Watched]:
    """Wide, and light."""
    options = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
    with watched(browser, app.url, **options) as pages:
        pages.context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield pages


@pytest.fixture
def page(pages: Watched) -> Page:
    return pages.context.new_page()


@pytest.fixture
def ada(page: Page) -> Person:
    """Someone who has registered, and whose browser is logged in."""
    return Person.register(page.context, f"{secrets.token_hex(6)}@example.com")
