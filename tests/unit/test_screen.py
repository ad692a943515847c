"""What is written to a terminal."""

from __future__ import annotations

import io
import os

import pytest

from scripts.core import shorten
from scripts.core.screen import ERASE, Screen


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0123456789", "0123456789"),
        ("0123456789a", "012345678…"),
        ("日本語の文", "日本語の文"),
        ("日本語の文字", "日本語の…"),
        ("a日本語の文", "a日本語の…"),
        ("é" * 10, "é" * 10),
        ("e\u0301" * 10, "e\u0301" * 10),
        ("one\ntwo", "one…"),
        ("one\n", "one"),
        ("0123456789\ntwo", "012345678…"),
        ("a\tb", "a b"),
        ("", ""),
    ],
)
def test_a_text_is_cut_to_the_columns_of_one_line(text: str, shown: str) -> None:
    assert shorten.to_columns(text, 10) == shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_status_line_takes_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "11")
    out = Terminal()
    Screen(out, {"TERM": "xterm", "NO_COLOR": "1"}).status("日本語の文字\nand more")
    assert out.getvalue() == f"{ERASE}日本語の…"


def test_a_terminal_that_was_closed_takes_no_more_and_raises_nothing() -> None:
    own, its = os.openpty()
    with open(its, "w") as out:
        screen = Screen(out, {"TERM": "xterm"})
        os.close(own)
        screen.line("a line")
        screen.status("a status")
        with open(os.devnull, "w") as null:
            os.dup2(null.fileno(), its)  # for what is buffered
