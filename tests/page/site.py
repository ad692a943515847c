"""A page with made state: what a loop would tell, in seconds and always the same."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scripts.core.scrubber import Scrubber
from scripts.engine.page.server import Buttons, PageServer
from scripts.engine.record.board import Board, Update
from scripts.engine.record.logs import LogStore

SECRET = 'p@ss/w"ord+1'
SOURCE = """from fastapi import APIRouter

router = APIRouter()


@router.get("/tasks")
def list_tasks() -> list[str]:
    return sorted(load_taks())


def load_tasks() -> list[str]:
    return []
"""
PLACE = "backend/app/tasks/routes.py"
REASON = f"NameError: name 'load_taks' is not defined ({PLACE}:8); fix it and save again"
NEEDS: dict[str, tuple[str, ...]] = {
    "network": (), "postgres": ("network",), "backend": ("network", "postgres"), "mcp-server": ("network",),
    "frontend": ("network",), "e2e": ("frontend", "backend", "mcp-server"),
}  # fmt: skip
LABELS = {"network": "infrastructure", "postgres": "infrastructure", "e2e": "tests"}
REVISIONS = {"backend": "4f0c2a9be113", "mcp-server": "9d81e5c07a42", "frontend": "c3b7f6120e98"}


class Site:
    """`pressed` and `restarted` are the buttons that were pressed. The checkout is a folder with one source file."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        (folder / PLACE).parent.mkdir(parents=True, exist_ok=True)
        (folder / PLACE).write_text(SOURCE)
        scrubber = Scrubber()
        scrubber.learn([SECRET])
        self.logs = LogStore(scrubber)
        self.board = Board(self.logs.wake, scrubber.clean)
        self.pressed: list[str] = []
        self.restarted: list[tuple[str, str]] = []
        self.open(port)

    def open(self, port: int) -> None:
        self.server = PageServer(self.board, self.logs, Buttons(self._press, self._restart), port, self.folder)
        self.url = self.server.start()
        self.port = self.server.server_address[1]

    def end(self) -> None:
        self.server.end()

    def _press(self, name: str) -> bool:
        self.pressed.append(name)
        return self.board.status(name) is not None

    def _restart(self, name: str, pod: str) -> bool:
        self.restarted.append((name, pod))
        return True

    # What a loop does

    def define(self, now: float | None = None) -> None:
        """The rows of this project's Tiltfile, all green."""
        began = (now or time.time()) - 190
        self.board.define("(Tiltfile)", status="ok", kind="tiltfile", since=began)
        for name, needs in NEEDS.items():
            kind = "local" if name == "e2e" else "k8s"
            label = LABELS.get(name, "todo")
            self.board.define(name, status="ok", kind=kind, labels=(label,), needs=needs, since=began)
        self.board.define("e2e", status="idle", detail="starts by its button", manual=True)
        for name, revision in REVISIONS.items():
            self.board.define(name, revision=revision, here=revision, shell=f"kubectl exec -it {name}-0 -- sh")
        for name in ("postgres", *REVISIONS):
            self.board.define(name, pods=(pod(f"todo-{name}-7d9c5b6f4-x2x8q", 1 if name == "backend" else 0),))
        forward = {"local": 8000, "container": 8000, "problem": ""}
        link = {"url": "http://localhost:8000/docs", "name": "API"}
        self.board.define("backend", forwards=(forward,), links=(link,))
        busy = "port 3000 is in use by node (pid 4711); stop it, and the forward starts by itself"
        self.board.define("frontend", forwards=({"local": 3000, "container": 3000, "problem": busy},), note=busy)
        self.board.define(
            "reset-database", status="idle", kind="command", manual=True, labels=("commands",),
            about="delete all data and migrate again", asks="Delete all data of the development database?",
        )  # fmt: skip

    def edits(self, count: int = 30) -> None:
        """Updates of all services, as they are measured."""
        now = time.time()
        for number in range(count):
            for name, served in (("backend", 0.19), ("mcp-server", 0.08), ("frontend", 0.012)):
                loaded = served * (0.8 + (number * 7 % 5) / 10)
                stages = {"detect": 0.028, "sync": 0.011, "reload": loaded, "served": served * 0.2}
                took, at = sum(stages.values()), now - 40 * (count - number)
                self.board.record(Update(name, "sync", "routes.py changed", stages, took, time=at))
        stages = {"detect": 0.03, "build": 6.2, "apply": 0.3, "rollout": 3.1, "served": 0.1}
        why = "requirements.txt changed, which fall_back_on names"
        self.board.record(Update("backend", "rebuild", why, stages, sum(stages.values())))

    def talk(self) -> None:
        """Some lines of every sort."""
        for number in range(12):
            self.logs.add("backend", f"build | #{number} RUN uv pip install -r requirements.txt")
        for number in range(30):
            self.logs.add("backend", f'\x1b[32mINFO\x1b[0m:     10.42.0.1:4{number:04} - "GET /tasks HTTP/1.1" 200')
            self.logs.add("postgres", f"LOG:  checkpoint complete: wrote {number} buffers (0.0%)")
        self.logs.add("frontend", "warning: a chunk is larger than 500 kB after minification")

    def break_backend(self) -> None:
        """A typing mistake was saved."""
        for line in ("Traceback (most recent call last):", '  File "/app/app/tasks/routes.py", line 8, in list_tasks',
                     "    return sorted(load_taks())", "NameError: name 'load_taks' is not defined"):  # fmt: skip
            self.logs.add("backend", line)
        self.logs.add("backend", f"error | {REASON}")
        self.board.set("backend", "error", REASON, here="0d5f6c7a8b9e")
        self.board.set("e2e", "waiting", "for backend")

    def fix_backend(self) -> None:
        self.board.set("backend", "updating", "routes.py changed", here="71e2d3c4b5a6")
        stages = {"detect": 0.027, "sync": 0.012, "reload": 0.181, "served": 0.023}
        self.board.record(Update("backend", "sync", "routes.py changed", stages, 0.243))
        self.board.set("backend", "ok", revision="71e2d3c4b5a6")


def pod(name: str, restarts: int) -> dict[str, Any]:
    last = "OOMKilled, exit code 137" if restarts else ""
    return {"name": name, "state": "ready", "restarts": restarts, "since": "2026-01-05T10:00:00Z", "last": last}


def empty(site: Site) -> None: ...


def full(site: Site) -> None:
    site.define()
    site.talk()
    site.edits()


def broken(site: Site) -> None:
    full(site)
    site.break_backend()


STATES: dict[str, Callable[[Site], None]] = {"empty": empty, "full": full, "broken": broken}


def serve() -> None:
    """For a measurement: print the URL, then put each line of input into the log, and print when that was."""
    with TemporaryDirectory() as folder:
        site = Site(Path(folder))
        site.define()
        print(json.dumps({"url": site.url}), flush=True)
        for line in sys.stdin:
            at = time.time() * 1000
            site.logs.add("backend", line.rstrip())
            print(json.dumps({"at": at}), flush=True)


if __name__ == "__main__":
    serve()
