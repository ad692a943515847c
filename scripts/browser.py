"""The Chromium that looks at pages, for tests, measurements and pictures."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGE = "chromium"
MISSING = f"{PACKAGE} is not installed: apt-get install {PACKAGE}"
# The browser itself must not send any requests.
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]


def program() -> str | None:
    """The path of the first one that is installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=program(), args=QUIET, chromium_sandbox=os.getuid() != 0)
