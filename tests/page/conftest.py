"""A Chromium, and a page of it that must not fail, breach its policy or ask anybody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.page.site import Site
from tests.watched import FAILED_LOAD, watched


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.end()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """Wide, and light. That an answer was an error is what some tests are about."""
    options = {"viewport": {"width": 1360, "height": 900}, "color_scheme": "light"}
    with watched(browser, site.url, FAILED_LOAD, **options) as pages:
        pages.context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield pages.context.new_page()
