"""The page of a real loop, in a real Chromium: break a file, fix it, press a button."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from scripts.browser import MISSING, launch, program
from tests.loop.running_loop import Edits, RunningLoop

SECONDS = 60_000
FILE = "backend/app/tasks/service.py"

pytestmark = pytest.mark.skipif(program() is None, reason=MISSING)
expect.set_options(timeout=SECONDS)


@pytest.fixture
def page(loop: RunningLoop) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(base_url=f"http://localhost:{loop.port}")
        page.set_default_timeout(SECONDS)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        yield page
        browser.close()
        assert problems == []


def test_a_broken_file_is_shown_with_its_line_and_green_again_with_its_stages(
    loop: RunningLoop, edits: Edits, page: Page
) -> None:
    loop.until(loop.green, "all is green")
    page.goto("/")
    backend = page.locator(".card[data-name=backend]")
    expect(backend).to_contain_text("= the files here")
    expect(backend).to_contain_text("1 of 1 pod ready")
    text = edits.path(FILE).read_text()
    edits.write(FILE, f"{text}\nthis is = = no Python\n")
    number = len(text.splitlines()) + 2
    failure = page.get_by_role("region", name="Newest error")
    expect(failure).to_contain_text(f"{FILE}:{number}")
    expect(failure.locator(".here")).to_contain_text("this is = = no Python")
    edits.write(FILE, f"{text}\n")
    expect(failure).to_be_hidden()
    update = page.locator(".update").filter(has_text="backend").first
    expect(update).to_contain_text("served")
    expect(backend).to_contain_text("= the files here")


def test_a_pod_is_restarted_and_its_shell_is_there_to_copy(loop: RunningLoop, page: Page) -> None:
    page.goto("/")
    page.locator("[data-resource=mcp-server]").click()
    card = page.locator(".card[data-name=mcp-server]")
    before = card.locator(".pods code").first.text_content()
    assert before
    expect(card.locator(".shell")).to_contain_text(f" exec -it -n todo-stack {before} -- sh")
    card.get_by_role("button", name="Restart pod").click()
    expect(page.locator("#said")).to_contain_text(f"pod {before} is deleted")
    expect(card.locator(".pods")).not_to_contain_text(before)
    expect(card.locator(".shell")).to_be_visible()
    loop.until(loop.green, "all is green again")


def test_demo_data_is_added_by_its_button(loop: RunningLoop, page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="run demo-data").click()
    expect(page.locator("#said")).to_contain_text("demo-data: finished after")
    expect(page.locator("#lines")).to_contain_text("log in at")
