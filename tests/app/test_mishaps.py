"""What people do by mistake, and when the network does not help."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.app.person import Person
from tests.watched import Watched


def titles(page: Page) -> Locator:
    return page.get_by_role("list", name="Tasks").locator("label")


class Pointer:
    """Clicks at one place, counted as browsers count them: the second one soon after is a 2, whatever is there then."""

    def __init__(self, page: Page, target: Locator) -> None:
        box = target.bounding_box()
        assert box
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self._mouse = page.mouse

    def click(self, count: int) -> None:
        self._mouse.down(click_count=count)
        self._mouse.up(click_count=count)


def click_once(page: Page, ada: Person, address: str, target: Locator) -> Pointer:
    """On the first of three tasks, which goes with it."""
    for title in ("A", "B", "C"):
        ada.add(title)
    page.goto(address)
    pointer = Pointer(page, target)
    pointer.click(1)
    expect(titles(page)).to_have_text(["B", "A"])
    return pointer


def test_a_double_click_deletes_one_task_and_undo_brings_it_back(page: Page, ada: Person) -> None:
    pointer = click_once(page, ada, "/", page.get_by_role("button", name="Delete C"))
    pointer.click(2)
    expect(page.get_by_text("Deleted “C”.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(titles(page)).to_have_text(["C", "B", "A"])
    # Another click, not a part of that one.
    page.get_by_role("button", name="Delete B").click()
    expect(titles(page)).to_have_text(["C", "A"])


def test_a_double_click_on_a_box_completes_one_task(page: Page, ada: Person) -> None:
    pointer = click_once(page, ada, "/?status=pending", page.get_by_role("checkbox", name="C"))
    pointer.click(2)
    # What was asked for before it is done before it: one more change would be seen by now.
    page.get_by_role("checkbox", name="A").click()
    expect(titles(page)).to_have_text(["B"])
    assert {title: task["completed"] for title, task in ada.tasks().items()} == {"A": True, "B": False, "C": True}


def test_a_logout_without_a_connection_says_that_it_failed(pages: Watched, page: Page, ada: Person) -> None:
    pages.allowed += ["ERR_INTERNET_DISCONNECTED", "Failed to fetch dynamically imported module"]
    page.goto("/")
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    pages.context.set_offline(True)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("The server could not be told that you logged out.")).to_be_visible()
    pages.context.set_offline(False)
    page.get_by_role("button", name="Reload the page").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
