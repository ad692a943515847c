"""What people do with the app, from registering to logging out."""

from __future__ import annotations

import re
import secrets

from playwright.sync_api import Locator, Page, expect

from scripts.local_app import LocalApp
from tests.app.keyboard import Keyboard
from tests.app.person import PASSWORD, Person
from tests.watched import Watched

REFUSED = "status of 401"


def tasks(page: Page) -> Locator:
    return page.get_by_role("list", name="Tasks")


def titles(page: Page) -> Locator:
    return tasks(page).locator("label")


def add(page: Page, *wanted: str) -> None:
    for title in wanted:
        page.get_by_role("textbox", name="New task").fill(title)
        page.get_by_role("button", name="Add task").click()
        expect(tasks(page).get_by_role("checkbox", name=title)).to_be_visible()


def look_again(page: Page) -> None:
    """As by a return to the tab, of which a headless browser knows nothing."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")


def test_from_registering_to_logging_out_in_two_tabs(pages: Watched, page: Page) -> None:
    email = f"{secrets.token_hex(6)}@example.com"
    page.goto("/")
    page.get_by_role("textbox", name="Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()

    add(page, "Water the plants", "Pay rent", "Call mom")
    expect(titles(page)).to_have_text(["Call mom", "Pay rent", "Water the plants"])

    page.get_by_role("button", name="Edit Pay rent").click()
    page.get_by_label("Title", exact=True).fill("Pay the rent")
    page.get_by_role("combobox", name="Priority", exact=True).select_option("High")
    page.get_by_label("Tags", exact=True).fill("home money")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Edit Pay the rent")).to_be_visible()
    expect(tasks(page)).to_contain_text("#home")

    page.get_by_role("searchbox", name="Search tasks").fill("rent")
    expect(titles(page)).to_have_text(["Pay the rent"])
    expect(page).to_have_url(re.compile(r"[?&]q=rent"))
    page.get_by_role("button", name="Clear filters").click()
    expect(titles(page)).to_have_count(3)

    page.get_by_role("checkbox", name="Call mom").check()
    page.get_by_role("button", name="Completed").click()
    expect(titles(page)).to_have_text(["Call mom"])
    page.get_by_role("button", name="All", exact=True).click()

    page.get_by_role("button", name="Delete Water the plants").click()
    expect(titles(page)).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    expect(titles(page)).to_have_text(["Call mom", "Pay the rent", "Water the plants"])

    page.get_by_role("textbox", name="Message").fill("delete task 1 and task 3")
    page.get_by_role("button", name="Send").click()
    question = page.get_by_role("region", name="Shall I do this?")
    expect(question).to_contain_text("Water the plants")
    expect(question).to_contain_text("Call mom")
    expect(titles(page)).to_have_count(3)
    question.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_role("log", name="Assistant").get_by_text("delete_task")).to_have_count(2)
    expect(titles(page)).to_have_text(["Pay the rent"])

    page.get_by_role("button", name="Account").click()
    page.get_by_role("textbox", name="Name of the new token").fill("Claude")
    page.get_by_role("button", name="Make a token").click()
    made = page.get_by_role("region", name="Copy the token “Claude” now")
    made.get_by_role("button", name="Copy the token").click()
    token = page.evaluate("navigator.clipboard.readText()")
    assert call_by(page, token) == ["Pay the rent"]
    page.get_by_role("button", name="Back to the tasks").click()

    second = pages.context.new_page()
    second.goto("/")
    expect(titles(second)).to_have_text(["Pay the rent"])
    add(second, "From the second tab")
    look_again(page)
    expect(titles(page)).to_have_text(["From the second tab", "Pay the rent"])

    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    pages.allowed.append(REFUSED)
    look_again(second)
    expect(second.get_by_text("Your session has ended. Log in again.")).to_be_visible()
    expect(second.get_by_text("Pay the rent")).to_have_count(0)


def call_by(page: Page, token: str) -> list[str]:
    """The titles that a program with this token reads."""
    response = page.request.get("/api/me/tasks", headers={"Authorization": f"Bearer {token}"})
    assert response.ok, response.text()
    return [task["title"] for task in response.json()]


def test_all_of_it_by_keyboard(page: Page) -> None:
    keys = Keyboard(page)
    page.goto("/")
    keys.to("textbox", "Email").type(f"{secrets.token_hex(6)}@example.com")
    keys.to_label("Password").type(PASSWORD)
    keys.to("button", "Create account").press("Enter")
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()

    keys.to("textbox", "New task")
    for title in ("Water the plants", "Pay rent", "Call mom"):
        keys.type(f"{title}\n")
        # Requests that are under way at the same time may arrive in another order.
        expect(tasks(page).get_by_role("checkbox", name=title)).to_be_visible()
    expect(titles(page)).to_have_text(["Call mom", "Pay rent", "Water the plants"])

    keys.to("button", "Edit Pay rent").press("Enter")
    keys.at("textbox", "Title")
    keys.press("End").type(" today")
    keys.to("combobox", "Priority").type("High")
    keys.press("Control+Enter")
    keys.at("button", "Edit Pay rent today")

    keys.to("searchbox", "Search tasks").type("rent\n")
    expect(titles(page)).to_have_text(["Pay rent today"])
    keys.to("button", "Clear filters").press("Enter")
    expect(titles(page)).to_have_count(3)

    keys.to("checkbox", "Call mom").press("Space")
    expect(page.get_by_role("checkbox", name="Call mom")).to_be_checked()
    keys.to("button", "Delete Water the plants").press("Enter")
    expect(titles(page)).to_have_count(2)
    keys.at("button", "Undo")
    keys.press("Enter")
    expect(titles(page)).to_have_count(3)

    keys.to("textbox", "Message").type("delete task 1 and task 3\n")
    expect(page.get_by_role("region", name="Shall I do this?")).to_be_visible()
    keys.to("button", "Yes, do it").press("Enter")
    expect(titles(page)).to_have_text(["Pay rent today"])

    keys.to("button", "Account").press("Enter")
    keys.to("textbox", "Name of the new token").type("Claude\n")
    keys.to("button", "Copy the token").press("Enter")
    assert page.evaluate("navigator.clipboard.readText()").startswith("todo_pat_")
    keys.to("button", "Revoke Claude").press("Enter")
    keys.at("button", "Keep it")
    keys.press("Shift+Tab").press("Enter")
    expect(page.get_by_text("“Claude” is revoked.")).to_be_visible()
    keys.to("button", "Back to the tasks").press("Enter")
    keys.at("button", "Account")
    keys.to("button", "Log out").press("Enter")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()


def test_what_is_typed_in_a_form_of_the_list_stays_while_other_views_are_looked_at(page: Page, ada: Person) -> None:
    for number in range(1, 101):
        ada.add(f"Task {number}")
    page.goto("/")
    page.get_by_role("button", name="Edit Task 98").click()
    page.get_by_label("Title", exact=True).fill("Pay the rent")
    rows = tasks(page).get_by_role("listitem", include_hidden=True)
    before = rows.count()
    page.get_by_role("button", name="Account").click()
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_focused()
    assert rows.count() <= before
    page.get_by_role("button", name="Back to the tasks").click()
    expect(page.get_by_label("Title", exact=True)).to_have_value("Pay the rent")
    page.set_viewport_size({"width": 390, "height": 800})
    page.get_by_role("button", name="Assistant", exact=True).click()
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()
    page.get_by_role("button", name="Tasks", exact=True).click()
    expect(page.get_by_label("Title", exact=True)).to_have_value("Pay the rent")


def test_the_switch_shows_the_theme_of_the_system_until_somebody_chooses(page: Page, ada: Person) -> None:
    switch = page.get_by_role("button", name="Dark")
    page.goto("/")
    expect(switch).to_have_attribute("aria-pressed", "false")
    page.emulate_media(color_scheme="dark")
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "false")
    page.emulate_media(color_scheme="light")
    page.emulate_media(color_scheme="dark")
    page.reload()
    expect(switch).to_have_attribute("aria-pressed", "false")
    colours = page.locator("meta[name=theme-color]")
    painted = colours.evaluate_all(
        "all => all.filter((meta) => matchMedia(meta.media).matches).map((meta) => meta.content)"
    )
    assert painted == ["#f3f5f1"]


def test_a_wrong_password_is_refused_in_words_and_the_right_one_lets_in(
    pages: Watched, page: Page, ada: Person
) -> None:
    pages.allowed.append(REFUSED)
    pages.context.clear_cookies()
    page.goto("/")
    page.get_by_role("textbox", name="Email").fill(ada.email)
    page.get_by_label("Password", exact=True).fill("wrong horse battery")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The e-mail address or the password is wrong.")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="New task")).to_be_visible()


def test_search_and_filters_are_in_the_address_and_back_undoes_them(page: Page, ada: Person) -> None:
    ada.add("Pay rent", priority="high", tags=["home"])
    ada.add("Call mom", tags=["home"])
    page.goto("/?tag=home&priority=high")
    expect(titles(page)).to_have_text(["Pay rent"])
    page.get_by_role("combobox", name="Filter by priority").select_option("Low")
    expect(page.get_by_text("No task matches: low priority, #home.")).to_be_visible()
    page.go_back()
    expect(titles(page)).to_have_text(["Pay rent"])
    page.reload()
    expect(titles(page)).to_have_text(["Pay rent"])


def test_a_backend_that_is_away_is_said_and_can_be_tried_again(pages: Watched, page: Page, app: LocalApp) -> None:
    pages.allowed.append("status of 503")
    page.route("**/api/auth/refresh", lambda route: route.fulfill(status=503))
    page.goto("/")
    expect(page.get_by_role("alert")).to_contain_text("could not answer (503)")
    page.unroute("**/api/auth/refresh")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
