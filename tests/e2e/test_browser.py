"""The page in a real Chromium, and the rows it leaves in PostgreSQL."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from scripts.browser import MISSING, launch, program
from tests.e2e.conftest import DEADLINE_SECONDS, RULE_BASED
from tests.e2e.deployed import Deployed

pytestmark = pytest.mark.skipif(program() is None, reason=MISSING)
expect.set_options(timeout=DEADLINE_SECONDS * 1000)


@pytest.fixture
def page(stack: Deployed) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(base_url=stack.url)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        yield page
        browser.close()
        assert problems == []


def titles_in_postgres(stack: Deployed, email: str) -> set[str]:
    query = f"select title from tasks join users on users.id = tasks.user_id where email = '{email}'"
    out = stack.execute("postgres", "psql", "-U", "todo", "-d", "todo", "-At", "-c", query)
    return set(out.split("\n")) - {""}


def test_a_newcomer_registers_adds_a_task_and_asks_the_assistant(stack: Deployed, page: Page) -> None:
    email = f"{secrets.token_hex(6)}@example.com"
    page.goto("/")
    expect(page.get_by_role("heading", name="Todo", exact=True)).to_be_visible()
    page.get_by_role("textbox", name="Email").fill(email)
    page.get_by_label("Password", exact=True).fill(secrets.token_urlsafe(12))
    page.get_by_role("button", name="Create account").click()

    page.get_by_role("textbox", name="New task").fill("Water the plants")
    page.get_by_role("button", name="Add task").click()
    tasks = page.get_by_role("list", name="Tasks")
    expect(tasks).to_contain_text("Water the plants")

    page.get_by_role("textbox", name="Message").fill("Add a task to buy groceries")
    page.get_by_role("button", name="Send").click()
    log = page.get_by_role("log", name="Assistant")
    answered_by = log.get_by_text("answered by")
    expect(answered_by).to_be_visible()
    by_rules = (answered_by.text_content() or "").endswith(RULE_BASED)
    expect(log).to_contain_text("add_task")
    expect(tasks).to_contain_text("Buy groceries" if by_rules else "groceries", ignore_case=True)

    titles = {title.lower() for title in titles_in_postgres(stack, email)}
    assert "water the plants" in titles and any("groceries" in title for title in titles), titles
    if by_rules:
        assert titles == {"water the plants", "buy groceries"}
