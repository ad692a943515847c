"""How much a first visit loads. How long it takes is measured by `./dev bench page`."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from scripts.bench.page import gzipped, scripts_of
from tests.app.person import Person

LIMIT = 100_000


def test_the_scripts_of_the_first_load_are_small(page: Page, ada: Person) -> None:
    asked = scripts_of(page)
    page.goto("/")
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    size = sum(map(gzipped, asked))
    assert 0 < size <= LIMIT, f"{size - LIMIT} bytes too many: let what is not seen at first be loaded later (`lazy`)"
