"""Every view in both themes, wide and on a phone: accessible, and nothing cut off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.app.person import Person
from tests.app.views import CAUSED, VIEWS, on_assistant
from tests.watched import Theme, Watched, overflow, violations

# A desktop, the same at 200 % zoom, and two phones; with the themes to look at.
SIZES: dict[int, tuple[Theme, ...]] = {1280: ("light", "dark"), 640: (), 390: ("dark",), 320: ()}
WITH_ASSISTANT = ("full", "approval")
ABOVE = "() => document.getElementById('root').getBoundingClientRect().top + window.scrollY"

STUCK_OUT = """() => [...document.querySelectorAll('.fields :is(input, select)')]
    .filter((one) => one.getBoundingClientRect().right > one.closest('form').getBoundingClientRect().right + 0.5)
    .map((one) => one.id)"""


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_and_all_of_it_fits(view: str, pages: Watched, page: Page, ada: Person) -> None:
    pages.allowed.append(CAUSED.get(view, "\0"))
    VIEWS[view](page, ada)
    found: list[str] = []
    for width, themes in SIZES.items():
        page.set_viewport_size({"width": width, "height": 800})
        if view in WITH_ASSISTANT:
            on_assistant(page)
        if wider := overflow(page):
            found.append(f"{width} pixels: {wider}")
        if above := page.evaluate(ABOVE):
            found.append(f"{width} pixels: {above} pixels of nothing above the page")
        for theme in themes:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            found += [f"{width} pixels, {theme}: {each}" for each in violations(page)]
    assert found == []


@pytest.mark.parametrize("view", ["editor", "new task"])
def test_a_form_has_room_for_one_more_field_of_the_widest_kind(view: str, page: Page, ada: Person) -> None:
    VIEWS[view](page, ada)
    page.get_by_label("Due", exact=True).locator("..").evaluate("(one) => one.parentNode.append(one.cloneNode(true))")
    found = {}
    for width in SIZES:
        page.set_viewport_size({"width": width, "height": 800})
        found[width] = page.evaluate(STUCK_OUT)
    assert found == dict.fromkeys(SIZES, [])
