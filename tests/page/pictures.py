"""Takes pictures of the page, wide and narrow, light and dark, empty, full and broken.

.venv/bin/python -m tests.page.pictures FOLDER [part of a name]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import sync_playwright

from scripts.browser import launch
from tests.page.site import Site

SIZES = {"wide": (1280, 900), "narrow": (390, 844), "first": (1180, 860)}  # first: what one sees without scrolling
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")


def empty(site: Site) -> None: ...


def full(site: Site) -> None:
    site.define()
    site.talk()
    site.edits()


def broken(site: Site) -> None:
    full(site)
    site.break_backend()


STATES: dict[str, Callable[[Site], None]] = {"empty": empty, "full": full, "broken": broken}


def take(folder: Path, only: str = "") -> None:
    """One file for each state, size and theme; `only` some, by a part of the name."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for state, prepare in STATES.items():
            with TemporaryDirectory() as checkout:
                site = Site(Path(checkout))
                prepare(site)
                for size, (width, height) in SIZES.items():
                    for theme in THEMES:
                        name = f"page-{state}-{size}-{theme}.png"
                        if only not in name:
                            continue
                        page = browser.new_page(
                            base_url=site.url, viewport={"width": width, "height": height}, color_scheme=theme
                        )  # fmt: skip
                        page.goto("/")
                        page.wait_for_selector("#summary:not(:text('Connecting'))")
                        page.wait_for_function("() => document.getElementById('log-count').textContent !== ''")
                        page.screenshot(path=folder / name, full_page=size != "first")
                        page.close()
                site.end()
        browser.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]), *sys.argv[2:3])
