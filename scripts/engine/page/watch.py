"""Shows a running loop, in the terminal and on the page, until a person ends it."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from scripts.core import interrupts
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.core.screen import Screen
from scripts.engine.loop.loop import Loop
from scripts.engine.page.server import Buttons, PageServer
from scripts.engine.page.terminal import TerminalView
from scripts.engine.record.board import Board
from scripts.engine.record.logs import LogStore
from scripts.kube.warnings import Warnings


def announce(board: Board, steps: Steps, url: str) -> None:
    """What was proved, and where a person looks at it."""
    for row in board.snapshot()["resources"]:
        if row["revision"]:
            steps.log(f"  {row['name']:<11} serves revision {row['revision']}, the one of these sources")
    steps.log(f"The app is at {url} after {steps.seconds():.1f} s")


def announce_green(loop: Loop, steps: Steps, url: str) -> None:
    """Wait until all is served for the first time, whatever fails before, and say so."""
    loop.board.wait_for(lambda: loop.board.green(loop.automatic()))
    announce(loop.board, steps, url)
    steps.log("Watching for changes; Ctrl+C ends it and leaves the stack running")


def watch(loop: Loop, warnings: Warnings, logs: LogStore, steps: Steps, url: str, port: int, root: Path) -> int:
    """Show the merged log and the state until Ctrl+C, SIGTERM, or the end of the terminal."""
    board = loop.board
    buttons = Buttons(loop.trigger, loop.restart)
    page = PageServer(board, logs, buttons, port, root)
    at = page.start()
    view = TerminalView(board, logs, screen := Screen(sys.stdout), at)
    steps.on_line = screen.line
    steps.log(f"Page: {at}")

    interrupts.install()
    try:
        loop.start(stays=True)
        warnings.start()
        threading.Thread(target=announce_green, args=(loop, steps, url), daemon=True).start()
        while True:
            view.show()
            view.wait()
    except KeyboardInterrupt:
        view.close()
        print("Stopped watching; the stack goes on running (./dev down removes it)", file=sys.stderr)
        return 0
    finally:
        Subprocess.end_all()
        warnings.stop()
        loop.stop()
        page.end()
