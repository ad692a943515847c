"""What others write is text: titles, descriptions, tags, names of tokens, and what a model says."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.local_app import LocalApp
from tests.app.person import Person
from tests.app.test_journeys import tasks, titles
from tests.watched import watched

# Each sets window.hacked if it becomes part of the page.
HOSTILE = [
    "<img src=x onerror=window.hacked=1>",
    "<script>window.hacked=1</script>",
    "javascript:window.hacked=1",
    "</div></main><style>*{display:none}</style>",
    "[a](javascript:window.hacked=1) ![b](http://example.invalid/x.png)",
    "${window.hacked=1}{{constructor.constructor('window.hacked=1')()}}",
    "\u202egnp.exe\u202c",
]


def check_inert(page: Page) -> None:
    assert page.evaluate("window.hacked") is None
    assert page.locator("body :is(img, script, style, iframe, a[href^=javascript])").count() == 0


def test_in_tasks(page: Page, ada: Person) -> None:
    for text in HOSTILE:
        ada.add(text, description=text, tags=["<b>bold</b>"])
    page.goto("/")
    expect(titles(page)).to_have_text(HOSTILE[::-1])
    expect(tasks(page).get_by_text("#<b>bold</b>").first).to_be_visible()
    check_inert(page)
    page.get_by_role("button", name=f"Edit {HOSTILE[0]}").click()
    expect(page.get_by_label("Title", exact=True)).to_have_value(HOSTILE[0])
    page.keyboard.press("Escape")
    page.get_by_role("button", name=f"Delete {HOSTILE[1]}").click()
    expect(page.get_by_text(f"Deleted “{HOSTILE[1]}”.")).to_be_visible()
    page.get_by_role("searchbox", name="Search tasks").fill(f"{HOSTILE[0]} nowhere")
    expect(page.get_by_text(f"No task matches: “{HOSTILE[0]} nowhere”.")).to_be_visible()
    check_inert(page)


def test_in_the_names_of_tokens(page: Page, ada: Person) -> None:
    page.goto("/")
    page.get_by_role("button", name="Account").click()
    for text in HOSTILE[:2]:
        page.get_by_role("textbox", name="Name of the new token").fill(text)
        page.get_by_role("button", name="Make a token").click()
        expect(page.get_by_role("list", name="Tokens")).to_contain_text(text)
    check_inert(page)


def test_in_what_the_assistant_lists_and_asks(page: Page, ada: Person) -> None:
    for text in HOSTILE[:2]:
        ada.add(text)
    page.goto("/")
    page.get_by_role("textbox", name="Message").fill("show my tasks")
    page.get_by_role("button", name="Send").click()
    log = page.get_by_role("log", name="Assistant")
    expect(log).to_contain_text(HOSTILE[0])
    log.get_by_text("list_tasks").click()
    expect(log.locator("pre")).to_contain_text(HOSTILE[1])
    page.get_by_role("textbox", name="Message").fill("delete task 1 and task 2")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("region", name="Shall I do this?")).to_contain_text(HOSTILE[0])
    check_inert(page)


@pytest.fixture
def repeating(browser: Browser, app: LocalApp) -> Iterator[Page]:
    """The page of someone whose model repeats their message."""
    with watched(browser, app.repeating_url) as pages:
        Person.register(pages.context, f"{secrets.token_hex(6)}@example.com")
        yield pages.context.new_page()


def test_in_what_a_model_says(repeating: Page) -> None:
    repeating.goto("/")
    assistant = repeating.get_by_role("region", name="Assistant")
    answers = assistant.get_by_role("article").filter(has_text="answered by")
    for number, text in enumerate(HOSTILE, start=1):
        repeating.get_by_role("textbox", name="Message").fill(text)
        repeating.get_by_role("button", name="Send").click()
        expect(answers).to_have_count(number)
        expect(answers.last).to_contain_text(text)
        expect(answers.last).to_contain_text("repeats")
    check_inert(repeating)
    repeating.reload()
    expect(answers).to_have_count(len(HOSTILE))
    check_inert(repeating)
