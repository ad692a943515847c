"""What the terminal shows: lines in colour, one status line, and errors last and once."""

from __future__ import annotations

import io
import re

import pytest

from scripts.core.screen import ERASE, Screen
from scripts.core.scrubber import Scrubber
from scripts.engine.page.terminal import TerminalView
from scripts.engine.record.board import Board
from scripts.engine.record.logs import LogStore


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Shown:
    def __init__(self, env: dict[str, str], out: io.StringIO | None = None) -> None:
        self.out = out or Terminal()
        self.logs = LogStore(Scrubber())
        self.board = Board()
        for name in ("web", "db"):
            self.board.define(name)
            self.board.set(name, "ok")
        self.screen = Screen(self.out, env)
        self.view = TerminalView(self.board, self.logs, self.screen, "http://localhost:10350")

    def after(self, *lines: tuple[str, str]) -> str:
        """What is written after these lines of the log."""
        for resource, text in lines:
            self.logs.add(resource, text)
        self.out.truncate(0)
        self.out.seek(0)
        self.view.show()
        return self.out.getvalue()

    def scrolled(self, text: str) -> list[str]:
        """The lines that stay, without colours and status lines."""
        text = re.sub(r"\x1b\[[0-9;]*m", "", text)
        return [part.rpartition(ERASE)[2] for part in text.split("\n")[:-1]]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    monkeypatch.setenv("COLUMNS", "100")
    return Shown({"TERM": "xterm"})


def test_each_resource_has_its_colour_and_builds_are_left_out(shown: Shown) -> None:
    text = shown.after(("web", "one"), ("db", "two"), ("web", "build | #1"), ("web", "three"))
    assert shown.scrolled(text) == ["         web │ one", "          db │ two", "         web │ three"]
    assert text.count("\x1b[36m         web │") == 2 and "\x1b[35m          db │" in text


def test_the_status_line_is_written_again_below_every_line(shown: Shown) -> None:
    shown.after()
    text = shown.after(("web", "one"))
    assert text.startswith(ERASE) and text.endswith("\x1b[1m✓ 2 ok · http://localhost:10350 · Ctrl+C ends\x1b[0m")


def test_a_status_line_that_does_not_fit_is_cut(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    shown.board.set("web", "error", "it is broken in a way that takes many words")
    assert re.search(r"\x1b\[1m(.*)\x1b\[0m$", shown.after())[1] == "✗ 1 failed · ✓ 1 o…"  # type: ignore[index]


def test_an_error_is_not_repeated_until_it_was_gone(shown: Shown) -> None:
    error = ("web", "error | no such table")
    shown.board.set("web", "error", "no such table")
    assert len(shown.scrolled(shown.after(error, error))) == 1
    assert shown.scrolled(shown.after(error)) == []
    assert len(shown.scrolled(shown.after(("web", "error | another")))) == 1
    shown.board.set("web", "ok")
    shown.after()
    assert len(shown.scrolled(shown.after(("web", "error | another")))) == 1


def test_what_is_still_wrong_comes_last(shown: Shown) -> None:
    shown.board.set("web", "error", "no such table")
    shown.after(("db", "one"))
    shown.view.close()
    assert shown.out.getvalue().endswith("\x1b[31merror: web: no such table\x1b[0m\n")


@pytest.mark.parametrize("env", [{"NO_COLOR": "1", "TERM": "xterm"}, {"TERM": "dumb"}])
def test_without_colours_there_are_none(env: dict[str, str]) -> None:
    assert "m" not in re.findall(r"\x1b\[[0-9;]*(.)", Shown(env).after(("web", "\x1b[31mred\x1b[0m and ERROR")))


def test_what_is_no_terminal_gets_plain_lines() -> None:
    assert Shown({"TERM": "xterm"}, io.StringIO()).after(("web", "\x1b[31mred\x1b[0m")) == "         web │ red\n"
