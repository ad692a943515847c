"""The page as people use it: what they see, press and type."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.page.site import PLACE, SECRET, STATES, Site
from tests.watched import THEMES, Theme, overflow, violations

HOSTILE = [
    "<img src=x onerror=window.hacked=1>",
    "<script>window.hacked=1</script>",
    "\x1b]8;;javascript:window.hacked=1\x07click\x1b]8;;\x07",
    "\x1b]0;title\x07\x1b[2J\x1b[Hgone",
    "javascript:window.hacked=1",
    "</div></main><style>*{display:none}</style>",
    "\u202egnp.exe\u202c",
    "a\x00b\x08c\x7fd\x9be",
]


def card(page: Page, name: str) -> Locator:
    return page.locator(f".card[data-name='{name}']")


def test_a_typing_mistake_is_on_top_with_its_line_and_green_again_with_its_stages(page: Page, site: Site) -> None:
    site.define()
    page.goto("/")
    expect(page.locator("#summary")).to_have_text("all green")
    site.break_backend()
    failure = page.get_by_role("region", name="Newest error")
    expect(failure).to_contain_text("backend: NameError: name 'load_taks' is not defined")
    expect(failure).to_contain_text(f"{PLACE}:8")
    expect(failure.locator(".here")).to_have_text(re.compile(r"8\s+return sorted\(load_taks\(\)\)"))
    expect(card(page, "backend")).to_contain_text("serves 4f0c2a9be113, files here 0d5f6c7a8b9e")
    expect(page.locator("#graph-words")).to_have_text("e2e waits for backend.")
    expect(page).to_have_title(re.compile("^✗ 1 failed"))
    site.fix_backend()
    expect(failure).to_be_hidden()
    expect(card(page, "backend")).to_contain_text("serves 71e2d3c4b5a6 = the files here")
    update = page.locator(".update").first
    expect(update).to_contain_text("detect 27 ms · sync 12 ms · reload 0.18 s · served 23 ms")
    expect(update.locator(".stage")).to_have_count(4)


def test_services_are_listed_slowest_first_and_a_rebuild_tells_its_cost_and_cause(page: Page, site: Site) -> None:
    site.define()
    site.edits()
    page.goto("/")
    expect(page.locator(".service h3")).to_have_text(["backend", "mcp-server", "frontend"])
    backend = page.locator(".service").first
    expect(backend).to_contain_text(re.compile(r"0\.\d+ s p50 · 0\.\d+ s p95 · 30 edits"))
    expect(backend).to_contain_text(re.compile(r"last rebuild: 9\.73 s, as long as \d+ edits, because require"))
    expect(backend.get_by_role("img")).to_have_attribute("aria-label", re.compile("the last 30 edits, at most"))


def test_fifty_thousand_lines_are_kept_filtered_and_drawn_a_few_at_a_time(page: Page, site: Site) -> None:
    site.define()
    for number in range(50_000):
        site.logs.add("backend", f"request {number}")
    page.goto("/")
    expect(page.locator("#log-count")).to_have_text("50,000 lines")
    assert page.locator("#lines > .line").count() < 100
    expect(page.locator("#lines > .line").last).to_contain_text("request 49999")
    page.keyboard.press("/")
    page.keyboard.type("request 4999[89]")
    expect(page.locator("#log-count")).to_have_text("0 of 50,000 lines")
    page.get_by_label("Regex").check()
    expect(page.locator("#log-count")).to_have_text("2 of 50,000 lines")
    expect(page.locator("#lines mark")).to_have_text(["request 49998", "request 49999"])
    page.get_by_label("Text").fill("request (")
    expect(page.locator("#filter-problem")).to_contain_text("Not a regular expression")
    page.get_by_label("Text").fill("")
    expect(page.locator("#log-count")).to_have_text("50,000 lines")
    page.locator("#log").evaluate("box => { box.scrollTop = 0; }")
    expect(page.locator("#lines > .line").first).to_contain_text("request 0")
    expect(page.get_by_label("Follow")).not_to_be_checked()
    for number in range(3000):
        site.logs.add("postgres", f"later {number}")
    expect(page.locator("#log-count")).to_have_text(re.compile("^50,[0-9]{3} lines"))


def test_lines_keep_their_colours_levels_and_time(page: Page, site: Site) -> None:
    site.define()
    site.talk()
    site.break_backend()
    page.goto("/")
    expect(page.locator("#lines .c-green").first).to_have_text("INFO")
    expect(page.locator("#lines .line").last.locator(".at")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d\.\d{3}$"))
    page.locator("#level").select_option("error")
    expect(page.locator("#lines .line")).to_have_count(5)
    page.locator("#level").select_option("warning")
    expect(page.locator("#lines .line")).to_have_count(6)
    page.locator("#level").select_option("")
    page.locator("#resource").select_option("frontend")
    expect(page.locator("#lines .text")).to_have_text(["warning: a chunk is larger than 500 kB after minification"])


def test_a_build_is_one_line_that_opens(page: Page, site: Site) -> None:
    site.define()
    site.talk()
    page.goto("/#resource=backend")
    expect(page.locator("#log-count")).to_have_text("30 of 73 lines")
    page.get_by_label("Follow").uncheck()
    page.locator("#log").evaluate("box => { box.scrollTop = 0; }")
    build = page.get_by_role("button", name="build: 12 lines")
    build.click()
    expect(page.locator("#lines")).to_contain_text("#3 RUN uv pip install")
    expect(page.locator("#log-count")).to_have_text("42 of 73 lines")


def test_errors_are_jumped_to_and_a_line_has_a_link(page: Page, site: Site) -> None:
    site.define()
    site.break_backend()
    for number in range(500):
        site.logs.add("postgres", f"LOG: {number}")
    page.goto("/")
    expect(page.locator("#log-count")).to_have_text("505 lines")
    page.get_by_role("button", name="Previous error").click()
    expect(page.locator(".line.marked .text")).to_have_text("Traceback (most recent call last):")
    expect(page).to_have_url(re.compile("line=1"))
    marked = page.url
    page.goto("about:blank")
    page.goto(marked)
    expect(page.locator(".line.marked .text")).to_have_text("Traceback (most recent call last):")
    expect(page.locator(".line.marked .text")).to_be_in_viewport()


def test_errors_are_told_apart_also_where_only_errors_are_shown(page: Page, site: Site) -> None:
    site.define()
    for line in ("ERROR first", "  caused by ERROR nothing", "INFO between", "ERROR second", "INFO after"):
        site.logs.add("backend", line)
        site.logs.add("postgres", "LOG: of another")
    page.goto("/#level=error")
    expect(page.locator("#log-count")).to_have_text(re.compile("^[23] of 10 lines$"))
    for text in ("ERROR first", "ERROR second"):
        page.get_by_role("button", name="Next error").click()
        expect(page.locator(".line.marked .text")).to_have_text(text)


def test_an_error_without_a_place_is_shown_by_its_words(page: Page, site: Site) -> None:
    site.define()
    site.board.set("backend", "error", "the pod does not start: ImagePullBackOff; see the log of backend")
    page.goto("/")
    failure = page.locator("#failure-body")
    expect(failure).to_have_text(
        "backend: the pod does not start: ImagePullBackOffSee the log of backendLog of backend", use_inner_text=False
    )


def test_of_many_tabs_the_newest_follow_the_loop_and_each_works_once_it_is_looked_at(page: Page, site: Site) -> None:
    """A browser has six connections to one server: one more stream than that and no button would do anything."""
    site.define()
    page.goto("/")
    expect(page.locator("#summary")).to_have_text("all green")
    others = [page.context.new_page() for _ in range(6)]
    for other in others:
        other.goto("/")
        expect(other.locator("#summary")).to_have_text("all green")
    others[-1].get_by_role("button", name="rebuild backend").click()
    expect(others[-1].locator("#said")).to_have_text("backend: rebuild asked for")
    expect(page.locator("#summary")).to_have_text("paused")
    expect(page.locator("#link")).to_contain_text("goes on once you look at it")
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator("#summary")).to_have_text("all green")
    page.get_by_role("button", name="rebuild frontend").click()
    expect(page.locator("#said")).to_have_text("frontend: rebuild asked for")


def test_what_is_shown_is_copied_and_saved(page: Page, site: Site) -> None:
    site.define()
    site.talk()
    page.goto("/#text=chunk")
    expect(page.locator("#log-count")).to_have_text("1 of 73 lines")
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("#said")).to_have_text("Copied 1 line")
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.endswith("frontend | warning: a chunk is larger than 500 kB after minification")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "todo-stack.log"
    assert download.value.path().read_text().strip() == text
    page.locator("#filter").fill("")
    expect(page.locator("#log-count")).to_have_text("73 lines")
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("#said")).to_have_text("Copied 61 lines")  # without those of the closed build
    assert len(page.evaluate("navigator.clipboard.readText()").splitlines()) == 61


def test_buttons_say_what_they_did_and_a_dangerous_one_asks(page: Page, site: Site) -> None:
    site.define()
    page.goto("/")
    page.get_by_role("button", name="rebuild backend").click()
    expect(page.locator("#said")).to_have_text("backend: rebuild asked for")
    site.fix_backend()
    expect(page.locator("#said")).to_have_text("backend: sync served after 0.2 s")
    assert site.pressed == ["backend"]
    page.get_by_role("button", name="run reset-database").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete all data of the development database?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.locator("#said")).to_have_text("reset-database: nothing was done")
    assert site.pressed == ["backend"]
    page.get_by_role("button", name="run reset-database").click()
    dialog.get_by_role("button", name="Yes").click()
    expect(page.locator("#said")).to_have_text("reset-database: started")
    assert site.pressed == ["backend", "reset-database"]


def test_a_resource_opens_with_pods_forwards_and_a_shell(page: Page, site: Site) -> None:
    site.define()
    page.goto("/")
    page.locator("[data-resource=backend]").click()
    backend = card(page, "backend")
    expect(backend).to_contain_text("1 restart · since")
    expect(backend).to_contain_text("before: OOMKilled, exit code 137")
    expect(backend).to_contain_text("✓ localhost:8000 → port 8000")
    expect(backend).to_contain_text("first start waits for network, postgres")
    backend.get_by_role("button", name="Copy shell").click()
    expect(page.locator("#said")).to_contain_text("Copied the command of a shell in backend")
    backend.get_by_role("button", name="Restart pod").click()
    expect(page.locator("#said")).to_contain_text("is deleted, its workload makes a new one")
    assert site.restarted == [("backend", "todo-backend-7d9c5b6f4-x2x8q")]


def test_everything_works_by_keyboard(page: Page, site: Site) -> None:
    site.define()
    page.goto("/")
    expect(page.locator("#summary")).to_have_text("all green")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("filter the log")
    page.keyboard.press("Escape")
    for _ in range(4):
        page.keyboard.press("j")
    expect(page.locator(".card[aria-current]")).to_have_attribute("data-name", "backend")
    page.keyboard.press("k")
    page.keyboard.press("j")
    site.board.set("backend", "updating", "routes.py changed")
    expect(card(page, "backend")).to_contain_text("updating")
    expect(page.locator("[data-resource=backend]")).to_be_focused()
    page.keyboard.press("r")
    expect(page.locator("#said")).to_have_text("backend: rebuild asked for")
    assert site.pressed == ["backend"]
    page.keyboard.press("Escape")
    expect(page.locator(".card[aria-current]")).to_have_count(0)


def test_it_connects_again_by_itself_and_says_so(page: Page, site: Site) -> None:
    site.define()
    site.logs.add("backend", "of the first run")
    page.goto("/")
    expect(page.locator("#lines")).to_contain_text("of the first run")
    site.end()
    expect(page.locator("#summary")).to_have_text("not connected")
    expect(page.locator("#link")).to_contain_text("The loop does not answer; is ./dev up still running? Tried ")
    site.logs.add("backend", "of the second run")
    site.open(site.port)
    expect(page.locator("#summary")).to_have_text("all green")
    expect(page.locator("#link")).to_be_hidden()
    expect(page.locator("#said")).to_have_text("Another run of the loop: its log begins here")
    expect(page.locator("#lines .text")).to_have_text(["of the first run", "of the second run"])


def test_hostile_lines_and_reasons_are_inert_text(page: Page, site: Site) -> None:
    site.define()
    for text in HOSTILE:
        site.logs.add("backend", text)
    site.board.set("backend", "error", HOSTILE[0])
    link = {"url": "javascript:window.hacked=1", "name": "<b>bad</b>"}
    site.board.define("frontend", links=(link,))
    page.goto("/")
    expect(page.locator("#lines .text").first).to_have_text(HOSTILE[0])
    expect(page.locator("#failure-body")).to_contain_text(HOSTILE[0])
    expect(page.locator("#lines .text").nth(3)).to_have_text("gone")
    page.get_by_role("link", name="<b>bad</b>").click()
    assert page.evaluate("window.hacked") is None
    assert page.locator("#log img, #log script, #log style").count() == 0


def test_a_secret_never_reaches_the_page(page: Page, site: Site) -> None:
    site.define()
    (site.folder / PLACE).write_text(f"KEY = '{SECRET}'\n")
    site.logs.add("backend", f'\x1b[31mp@ss/\x1b[32mw"ord+1\x1b[0m and {SECRET}')
    site.board.set("backend", "error", f"{SECRET} is wrong ({PLACE}:1)")
    page.goto("/")
    expect(page.locator("#failure-body")).to_contain_text("KEY = '[secret]'")
    expect(page.locator("#lines .text").first).to_have_text("[secret] and [secret]")
    assert "ord+1" not in page.content()


@pytest.mark.parametrize("width", [1360, 680, 390, 320])
def test_nothing_is_cut_off_sideways(page: Page, site: Site, width: int) -> None:
    """680 pixels are 1360 at 200 % zoom."""
    site.define()
    site.talk()
    site.edits(3)
    site.break_backend()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/")
    expect(page.locator("#failure")).to_be_visible()
    assert overflow(page) == ""


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("state", list(STATES))
def test_axe_finds_nothing(page: Page, site: Site, theme: Theme, state: str) -> None:
    STATES[state](site)
    page.emulate_media(color_scheme=theme)
    page.goto("/")
    expect(page.locator("#summary")).not_to_have_text("Connecting…")
    if state != "empty":
        page.locator("[data-resource=backend]").click()
        page.get_by_label("Text").fill("INFO")
        expect(page.locator("#lines mark").first).to_be_visible()
        page.locator("#said").evaluate("said => said.replaceChildren()")
    assert violations(page) == []
    page.get_by_role("button", name="Keys").click()
    assert violations(page) == []
