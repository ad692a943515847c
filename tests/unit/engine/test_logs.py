"""The merged log: order, limits, and that no secret gets into it in any form."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from urllib.parse import quote

import pytest

from scripts.core.scrubber import MASK, Scrubber
from scripts.engine.record.board import Board, Update
from scripts.engine.record.logs import LINE_BYTES, LINES_KEPT, LogStore

SECRET = 'p@ss/w"ord+1'


def store(*secrets: str) -> LogStore:
    scrubber = Scrubber()
    scrubber.learn(secrets)
    return LogStore(scrubber)


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(SECRET.encode()).decode().rstrip("="),
        quote(SECRET, safe=""),
        json.dumps(SECRET)[1:-1],
    ],
)
def test_a_secret_is_masked_in_every_form(form: str) -> None:
    assert store(SECRET).add("x", f"before {form} after").text == f"before {MASK} after"


def test_short_values_are_words_and_stay() -> None:
    assert store("todo", "").add("x", "the todo list").text == "the todo list"


def test_lines_are_numbered_over_all_resources_and_found_by_resource() -> None:
    log = store()
    for resource, text in (("a", "1"), ("b", "2"), ("a", "3")):
        log.add(resource, text)
    assert [line.text for line in log.after(0)] == ["1", "2", "3"]
    assert [line.text for line in log.after(1, "a")] == ["3"]
    assert log.after(3) == []


def test_a_chatty_resource_does_not_push_out_the_lines_of_a_quiet_one() -> None:
    log = store()
    log.add("quiet", "kept")
    for number in range(LINES_KEPT + 10):
        log.add("chatty", str(number))
    assert [line.text for line in log.after(0, "quiet")] == ["kept"]
    assert len(log.after(0)) == LINES_KEPT
    assert log.after(0, "chatty")[0].text == "11"


def test_colours_are_kept_apart_from_the_text() -> None:
    line = store().add("x", "\x1b[32mgreen\x1b[0m\r\n")
    assert (line.text, line.colours) == ("green", "\x1b[32mgreen\x1b[0m")
    assert store().add("x", "plain").colours == ""


@pytest.mark.parametrize(
    ("printed", "text", "colours"),
    [
        ("\x1b]0;a title\x07after", "after", ""),
        ("\x1b[2J\x1b[Hgone", "gone", ""),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link", ""),
        ("10%\r50%\r100%\r\n", "100%", ""),
        ("a\x00b\x08c\x7fd\x9be", "abcde", ""),
        ("\x1b[31mred\x1b[2K", "red", "\x1b[31mred"),
        ("ends in \x1b", "ends in ", ""),
    ],
)
def test_no_line_writes_to_the_terminal_that_shows_it(printed: str, text: str, colours: str) -> None:
    line = store().add("x", printed)
    assert (line.text, line.colours) == (text, colours)


def test_a_secret_in_several_colours_is_masked() -> None:
    line = store(SECRET).add("x", f"\x1b[31m{SECRET[:4]}\x1b[32m{SECRET[4:]}\x1b[0m!")
    assert (line.text, line.colours) == (f"{MASK}!", "")


def test_the_end_of_a_long_line_is_cut_and_a_secret_across_the_cut_is_masked() -> None:
    log = store(SECRET)
    assert log.add("x", "a" * LINE_BYTES).text == "a" * LINE_BYTES
    cut = log.add("x", f"{'a' * (LINE_BYTES - 9)}{SECRET}{'b' * 1000}\n").text
    assert cut == f"{'a' * (LINE_BYTES - 9)}{MASK}b… (999 bytes cut)"
    assert log.add("x", "é" * LINE_BYTES).text == f"{'é' * (LINE_BYTES // 2)}… ({LINE_BYTES} bytes cut)"
    line = log.add("x", f"\x1b[31m{'a' * LINE_BYTES}b")
    assert (line.text, line.colours) == (f"{'a' * LINE_BYTES}… (1 bytes cut)", "")
    line = log.add("x", "\x1b[31m" * LINE_BYTES + "red")
    assert (line.text, line.colours) == ("red", "")


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("INFO:     Uvicorn running", "info"),
        ("2026-01-05 10:00:00.123 UTC [1] ERROR:  relation does not exist", "error"),
        ("LOG:  checkpoint complete", "info"),
        ('{"level": "warning", "message": "x"}', "warning"),
        ("time=now level=error msg=x", "error"),
        ("error | it is broken", "error"),
        ("event | warning: Pod x: BackOff", "warning"),
        ("migrate | ValueError: no", "error"),
        ("no errors were found", ""),
        ("GET /error 200", ""),
        ("", ""),
    ],
)
def test_a_level_is_found_where_a_line_names_it(text: str, level: str) -> None:
    assert store().add("x", text).level == level


def test_the_frames_of_a_traceback_have_the_level_of_its_error() -> None:
    log = store()
    for text in ("Traceback (most recent call last):", '  File "x.py", line 1', "    f()", "", "KeyError: 1", "next"):
        log.add("x", text)
        log.add("other", "between")
    assert [line.level for line in log.after(0, "x")] == ["error"] * 5 + [""]


def test_a_secret_is_known_by_its_values_their_lines_and_the_parts_of_lists() -> None:
    scrubber = Scrubber()
    values = {"keys": "k1:first-key,k2:second-key", "pem": "begin-line\nsecond-line\n"}
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    scrubber.learn_secret({"data": {**data, "broken": "%"}, "stringData": {"password": "as it is", "port": 543210}})
    text = "first-key second-key begin-line second-line as it is 543210 k1"
    assert scrubber.scrub(text) == " ".join([MASK] * 6) + " k1"


def test_what_the_board_shows_has_no_secret() -> None:
    scrubber = Scrubber()
    scrubber.learn([SECRET])
    board = Board(clean=scrubber.clean)
    board.define("backend")
    board.define("job")
    board.set("backend", "error", f"`migrate` failed: cannot log in with {SECRET}")
    board.record(Update("backend", "run", f"{SECRET} changed", {}, 0.0, error=f"cannot log in with {SECRET}"))
    board.set("job", "ok", SECRET)
    shown = json.dumps([board.snapshot(), [asdict(update) for update in board.updates()]])
    assert json.dumps(SECRET)[1:-1] not in shown
    assert shown.count(MASK) == 4
    assert board.errors() == [("backend", f"`migrate` failed: cannot log in with {MASK}")]


def test_a_reason_has_no_commands_to_the_terminal_and_no_secret_across_colours() -> None:
    scrubber = Scrubber()
    scrubber.learn([SECRET])
    board = Board(clean=scrubber.clean)
    board.define("web")
    printed = (
        f"first\r\n\x1b[31m{SECRET[:4]}\x1b[32m{SECRET[4:]}\x1b[0m\x1b[2J\x1b]0;title\x07 10%\r{SECRET}\x1b[K\nlast\r\n"
    )
    board.set("web", "error", printed)
    board.record(Update("web", "run", printed, {}, 0.0, error=printed))
    assert board.errors() == [("web", f"first\n{MASK}\nlast")]
    assert [(update.why, update.error) for update in board.updates()] == [(f"first\n{MASK}\nlast",) * 2]
    board.set("web", "error", f"\x1b[31m{SECRET[:4]}\x1b[32m{SECRET[4:]}\x1b[0m\x1b[2J\x1b]0;title\x07!")
    assert board.errors() == [("web", f"{MASK}!")]
