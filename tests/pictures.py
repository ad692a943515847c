"""Takes the pictures of the app and of the page of the loop, for `./dev pictures`."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from scripts import local_app
from scripts.browser import launch
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from tests.app import views
from tests.app.person import Person
from tests.page.site import STATES, Site
from tests.watched import THEMES, Theme

SIZES = {"wide": (1280, 900), "narrow": (390, 844)}


def documented(browser: Browser, app: str, folder: Path) -> None:
    """Those that the README and docs/ show."""
    with _app_page(browser, app, views.documented, viewport=_size(1280, 760), color_scheme="light") as page:
        _shoot(page, folder / "todo.png")
    with _site("broken") as site, _loop_page(browser, site, 1180, 860, "light") as page:
        _shoot(page, folder / "page.png")


def everything(browser: Browser, app: str, folder: Path) -> None:
    """Every view and state, wide and narrow, light and dark; the whole page, however high."""
    for size, (width, height) in SIZES.items():
        for theme in THEMES:
            for name, view in views.VIEWS.items():
                with _app_page(browser, app, view, viewport=_size(width, height), color_scheme=theme) as page:
                    _shoot(page, folder / f"app-{name.replace(' ', '-')}-{size}-{theme}.png", full_page=True)
            for state in STATES:
                with _site(state) as site, _loop_page(browser, site, width, height, theme) as page:
                    _shoot(page, folder / f"loop-{state}-{size}-{theme}.png", full_page=True)


@contextmanager
def _app_page(browser: Browser, url: str, view: views.View, **options: Any) -> Iterator[Page]:
    with browser.new_context(base_url=url, reduced_motion="reduce", **options) as context:
        page = context.new_page()
        view(page, Person.register(context, f"ada-{secrets.token_hex(2)}@example.com"))
        yield page


@contextmanager
def _site(state: str) -> Iterator[Site]:
    with TemporaryDirectory() as checkout:
        site = Site(Path(checkout))
        STATES[state](site)
        yield site
        site.end()


@contextmanager
def _loop_page(browser: Browser, site: Site, width: int, height: int, theme: Theme) -> Iterator[Page]:
    with browser.new_context(base_url=site.url, viewport=_size(width, height), color_scheme=theme) as context:
        page = context.new_page()
        page.goto("/")
        page.wait_for_selector("#summary:not(:text('Connecting'))")
        page.wait_for_function("() => document.getElementById('log-count').textContent !== ''")
        yield page


def _size(width: int, height: int) -> Any:
    return {"width": width, "height": height}


def _shoot(page: Page, file: Path, *, full_page: bool = False) -> None:
    page.screenshot(path=file, full_page=full_page, animations="disabled")
    print(file)


def main(folder: str = "") -> None:
    with sync_playwright() as playwright, local_app.running(Subprocess(), Steps()) as app:
        browser = launch(playwright)
        if folder:
            everything(browser, app.url, Path(folder))
        else:
            documented(browser, app.url, ROOT / "docs")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
