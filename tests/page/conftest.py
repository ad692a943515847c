"""A Chromium, and a page of it that must not fail, breach its policy or ask anybody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import CHROMIUM, MISSING, launch
from tests.page.site import Site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.end()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """Wide, and light."""
    context = browser.new_context(base_url=site.url, viewport={"width": 1360, "height": 900}, color_scheme="light")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    problems: list[str] = []
    foreign: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if "Content Security" in message.text else None)
    page.on("request", lambda request: foreign.append(request.url) if not is_ours(request.url, site) else None)
    yield page
    context.close()
    assert (problems, foreign) == ([], [])


def is_ours(url: str, site: Site) -> bool:
    return url.startswith((f"{site.url}/", "data:", "blob:"))
