"""A browser's context whose pages are watched: what must never happen on a page of ours, whatever is done there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request, expect

# For machines that are busy; nothing waits longer than it has to.
expect.set_options(timeout=30_000)
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
FAILED_LOAD = "Failed to load resource"
"""What Chromium reports for each answer that is an error, also where the page takes it for an answer."""


@dataclass
class Watched:
    """`allowed`: parts of console errors that a test causes on purpose."""

    context: BrowserContext
    allowed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, problem: str) -> None:
        if not any(part in problem for part in self.allowed):
            self.problems.append(problem)


@contextmanager
def watched(browser: Browser, url: str, *allowed: str, **options: Any) -> Iterator[Watched]:
    """A context for the pages at `url`. Fails at the end if one of them raised an error, reported one to the console
    (as browsers do for a breach of the policy), opened a dialog or asked another host."""
    context = browser.new_context(base_url=url, **options)
    found = Watched(context, list(allowed))

    def refuse(dialog: Dialog) -> None:
        found.add(f"dialog: {dialog.message}")
        dialog.dismiss()

    context.on("weberror", lambda error: found.add(f"error: {error.error}"))

    def hear(line: ConsoleMessage) -> None:
        if line.type in ("error", "warning"):
            found.add(f"console: {line.text}")

    def follow(request: Request) -> None:
        if not request.url.startswith((f"{url}/", "data:", "blob:", "about:")):
            found.add(f"asked: {request.url}")

    context.on("console", hear)
    context.on("request", follow)
    context.on("dialog", refuse)
    yield found
    context.close()
    assert not found.problems, found.problems


def violations(page: Page) -> list[str]:
    """What axe finds: the rule and the first elements."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {[part['html'][:120] for part in each['nodes'][:3]]}" for each in found]


def overflow(page: Page) -> str:
    """By how much the page is wider than its window; "" if it fits."""
    wide, window = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return f"{wide} > {window}" if wide > window else ""
