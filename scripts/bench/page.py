"""`./dev bench page`: measures the app's page and the page of the loop in a Chromium, without a cluster."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect, sync_playwright

from scripts import browser as chromium
from scripts import local_app, node_packages
from scripts.bench.machine import Conditions
from scripts.bench.page_report import PageReport
from scripts.core import direct_http
from scripts.core.background import background
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Runner
from scripts.docker import prepare

TASKS = 2_000
EVENTS = 20
WAIT_MS = 60_000
SCROLL_PIXELS = 1_000
MOST_STEPS = 1_000
ACCOUNT = {"email": "bench@example.com", "password": "a long password"}
LOOP_PAGE = ROOT / "scripts" / "engine" / "page" / "static"

AT_END = """(list) => new Promise((resolve) => requestAnimationFrame(() => {
  let box = list;
  while (box.scrollHeight <= box.clientHeight && box.parentElement) box = box.parentElement;
  const isLast = list.lastElementChild?.textContent.includes('Task 1 of many');
  resolve(isLast && box.scrollTop + box.clientHeight >= box.scrollHeight - 2);
}))"""
PAINTS = """() => {
  window.paints = [];
  new PerformanceObserver((list) => window.paints.push(...list.getEntries().map((entry) => entry.startTime)))
    .observe({ type: 'largest-contentful-paint', buffered: true });
}"""
FRAMES = """() => {
  window.frames = [];
  let before;
  const next = (now) => {
    if (before !== undefined) window.frames.push(now - before);
    before = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}"""
DRAWN = """() => {
  window.drawn = {};
  new MutationObserver(() => {
    const last = document.querySelector('#lines > .line:last-child .text')?.textContent;
    if (!last || last in window.drawn) return;
    window.drawn[last] = 0;
    requestAnimationFrame(() => { window.drawn[last] = performance.timeOrigin + performance.now(); });
  }).observe(document.getElementById('lines'), { childList: true });
}"""


def measure(runner: Runner, steps: Steps, runs: int) -> PageReport:
    """Load and scroll the app `runs` times."""
    prepare.chromium(runner, steps)
    conditions = Conditions.now(runner, "none")
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        with local_app.running(runner, steps) as app:
            with steps.step(f"Add {TASKS:,} tasks"):
                seed(app.url)
            conditions.look()
            with steps.step(f"Load and scroll the app, {runs} times"):
                loads = [load(browser, app.url) for _ in range(runs)]
        with steps.step(f"Show {EVENTS} events on the page of the loop"), loop_page() as (url, tell):
            drawn = events(browser, url, tell)
        browser.close()
    conditions.end()
    return PageReport(
        conditions,
        scripts=max(scripts for scripts, _, _ in loads),
        paints=[paint for _, paint, _ in loads],
        frames=[frame for _, _, frame in loads],
        loop_bytes=sum(file.stat().st_size for file in LOOP_PAGE.iterdir()),
        events=drawn,
    )


def seed(url: str) -> None:
    """Make an account with its tasks."""
    session = _post(url, "/api/auth/register", ACCOUNT, "")
    with ThreadPoolExecutor(8) as pool:
        token = session["access_token"]

        def add(number: int) -> None:
            _post(url, "/api/me/tasks", {"title": f"Task {number} of many", "tags": ["bench"]}, token)

        # The newest is the first of the list.
        add(1)
        list(pool.map(add, range(2, TASKS)))
        add(TASKS)


def _post(url: str, path: str, body: object, token: str) -> Any:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = json.dumps(body).encode()
    with direct_http.ask(f"{url}{path}", WAIT_MS / 1000, method="POST", headers=headers, body=data) as response:
        return json.loads(response.read())


def load(browser: Browser, url: str) -> tuple[int, float, float]:
    """One visit with an empty cache of someone who is logged in: the bytes of its scripts, compressed by gzip, the
    largest contentful paint and the longest frame while all tasks are scrolled through, in milliseconds."""
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(WAIT_MS)
    context.request.post("/api/auth/login", data=ACCOUNT)
    page = context.new_page()
    asked = scripts_of(page)
    page.goto("/")
    expect(page.get_by_role("list", name="Tasks")).to_contain_text(f"Task {TASKS} of many", timeout=WAIT_MS)
    page.evaluate(PAINTS)
    page.wait_for_function("window.paints.length > 0")
    paint = max(page.evaluate("window.paints"))
    scroll(page)
    frame = max(page.evaluate("window.frames"))
    context.close()
    return sum(map(gzipped, asked)), paint, frame


def scripts_of(page: Page) -> set[str]:
    """The URLs of the scripts that the page asks for from now on."""
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url) if request.resource_type == "script" else None)
    return asked


def gzipped(url: str) -> int:
    """The bytes of a built file, as gzip packs it at its best."""
    file = node_packages.HOME / "dist" / urlsplit(url).path.lstrip("/")
    return len(gzip.compress(file.read_bytes(), 9))


def scroll(page: Page) -> None:
    """Scroll from the first task to the last, as a wheel does, while all frames are timed."""
    tasks = page.get_by_role("list", name="Tasks")
    tasks.hover(position={"x": 40, "y": 40})
    page.evaluate(FRAMES)
    for _ in range(MOST_STEPS):
        page.mouse.wheel(0, SCROLL_PIXELS)
        if tasks.evaluate(AT_END):
            return
    raise UserError(f"the last of {TASKS:,} tasks is not reached by scrolling")


@contextmanager
def loop_page() -> Iterator[tuple[str, Callable[[str], float]]]:
    """The page of a loop with made-up rows: its URL, and what adds a line to its log and returns when that was."""
    with background([sys.executable, "-m", "tests.page.site"], ROOT, {}) as site:
        url: str = site.until("url")["url"]

        def tell(line: str) -> float:
            site.send(line)
            at: float = site.until("at")["at"]
            return at

        yield url, tell


def events(browser: Browser, url: str, tell: Callable[[str], float]) -> list[float]:
    """Milliseconds from a line of the log to the frame that shows it, both by the clock of this machine."""
    page = browser.new_page()
    page.goto(url)
    expect(page.locator("#summary")).to_have_text("all green", timeout=WAIT_MS)
    page.evaluate(DRAWN)
    took = []
    for number in range(EVENTS):
        began = tell(f"probe {number}")
        page.wait_for_function("line => window.drawn[line]", arg=f"probe {number}")
        took.append(page.evaluate("line => window.drawn[line]", f"probe {number}") - began)
    page.close()
    return took
