"""Every view of the app, each made by its own function: for axe, for checks of the layout, and for pictures."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.app.person import Person

View = Callable[[Page, Person], None]

# The status that a view is about, which the browser reports to the console.
CAUSED = {"wrong password": "status of 401", "unreachable": "status of 503", "broken": "status of 503"}


def sign_in(page: Page, _: Person) -> None:
    page.context.clear_cookies()
    page.goto("/")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()


def wrong_password(page: Page, person: Person) -> None:
    sign_in(page, person)
    page.get_by_role("textbox", name="Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill("wrong horse battery")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()


def unreachable(page: Page, _: Person) -> None:
    page.route("**/api/auth/refresh", lambda route: route.fulfill(status=503))
    page.goto("/")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def empty(page: Page, _: Person) -> None:
    page.goto("/")
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()


def fill(person: Person) -> None:
    """A week's tasks of all sorts, the last one completed."""
    person.add("Ask the landlord about the heating", description="It is cold in the evening.", tags=["home"])
    person.add("Renew the passport", priority="high", due_at="2031-03-02T09:00:00Z", tags=["travel"])
    person.add("Book flights to Lisbon", priority="medium", due_at="2031-04-01T18:00:00Z", tags=["travel", "money"])
    person.add("Return the library books", due_at="2026-01-05T18:00:00Z")
    person.add("Water the plants", tags=["home"])
    person.say("mark Water the plants as complete")


def full(page: Page, person: Person) -> None:
    """With a title that no line holds, and a step of the assistant open."""
    person.add("Supercalifragilisticexpialidocious" * 4, priority="low")
    fill(person)
    page.goto("/")
    expect(page.get_by_role("checkbox", name="Water the plants")).to_be_checked()
    on_assistant(page)
    page.get_by_role("region", name="Assistant").get_by_text("complete_task").click()


def approval(page: Page, person: Person) -> None:
    full(page, person)
    _ask(page)


def documented(page: Page, person: Person) -> None:
    """The picture of the README."""
    fill(person)
    page.goto("/")
    expect(page.get_by_role("region", name="Assistant")).to_contain_text("answered by")
    _ask(page)


def _ask(page: Page) -> None:
    page.get_by_role("textbox", name="Message").fill("delete task 1 and task 4")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("button", name="Yes, do it")).to_be_visible()


def history(page: Page, person: Person) -> None:
    """With the question whether to delete one of them."""
    approval(page, person)
    page.get_by_role("button", name="History").click()
    page.get_by_role("button", name=re.compile("^Delete the conversation")).first.click()
    expect(page.get_by_role("button", name="Delete it")).to_be_visible()


def on_assistant(page: Page) -> None:
    _switch(page, "Assistant")


def on_tasks(page: Page) -> None:
    _switch(page, "Tasks")


def _switch(page: Page, name: str) -> None:
    """On a phone tasks and assistant take turns."""
    button = page.get_by_role("navigation", name="View").get_by_role("button", name=name)
    if button.is_visible():
        button.click()


def new_task(page: Page, _: Person) -> None:
    page.goto("/")
    page.get_by_role("button", name="Priority, due date and tags").click()
    expect(page.get_by_label("Due", exact=True)).to_be_visible()


def broken(page: Page, person: Person) -> None:
    """Nothing but the session can be loaded."""
    fill(person)
    page.route(re.compile("/api/me/"), lambda route: route.fulfill(status=503))
    page.goto("/")
    expect(page.get_by_text("Reload the list")).to_be_visible()


def editor(page: Page, person: Person) -> None:
    full(page, person)
    on_tasks(page)
    page.get_by_role("button", name="Edit Renew the passport").click()
    expect(page.get_by_label("Title", exact=True)).to_be_focused()


def nothing_found(page: Page, person: Person) -> None:
    person.add("Water the plants")
    page.goto("/?q=unicorn&priority=high")
    expect(page.get_by_text("No task matches")).to_be_visible()


def deleted(page: Page, person: Person) -> None:
    full(page, person)
    on_tasks(page)
    page.get_by_role("button", name="Delete Renew the passport").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()


def account(page: Page, person: Person) -> None:
    page.goto("/")
    page.get_by_role("button", name="Account").click()
    for name in ("Claude on my laptop", "Backup script"):
        page.get_by_role("textbox", name="Name of the new token").fill(name)
        page.get_by_role("button", name="Make a token").click()
        expect(page.get_by_role("button", name=f"Revoke {name}")).to_be_visible()
    page.get_by_role("button", name="Revoke Claude on my laptop").click()
    expect(page.get_by_role("button", name="Revoke it")).to_be_visible()


VIEWS: dict[str, View] = {
    "sign-in": sign_in,
    "wrong password": wrong_password,
    "unreachable": unreachable,
    "empty": empty,
    "full": full,
    "approval": approval,
    "history": history,
    "editor": editor,
    "new task": new_task,
    "broken": broken,
    "nothing found": nothing_found,
    "deleted": deleted,
    "account": account,
}
