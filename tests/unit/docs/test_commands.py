"""Every `./dev` command in a document is one that the command line takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.cli import COMMANDS, parser_of
from scripts.core.paths import ROOT
from scripts.core.runner import Subprocess
from scripts.lint.tree import files
from tests.documents import parse

INLINE = re.compile(r"`(\./dev [^`]+)`")
# What ends a command in a shell, or is said of commands in general.
ENDS = re.compile(r"[|;&)>…]| #| or |\[| [──▶]")
PLACEHOLDERS = {"N": "1", "COMMAND": "up"}
DOCUMENTS = [path for path in files(Subprocess(), ROOT) if path.endswith(".md") and "node_modules" not in path]


def commands(text: str) -> Iterator[list[str]]:
    """The words behind `./dev` of each command in a document; placeholders get a value that may stand there."""
    blocks = [block.code for block in parse(text) if block.language in ("sh", "text")]
    for code in [*INLINE.findall(text), *blocks]:
        for line in code.splitlines():
            for rest in re.findall(r"\./dev((?: .*)?)$", line):
                words = shlex.split(ENDS.split(rest)[0].strip().rstrip('"'), comments=True)
                if words:
                    yield [PLACEHOLDERS.get(word, word) for word in words]


def problem(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What the command line has against a command; "" if it takes it."""
    if words[0] == "--help":
        return ""
    if words[0] not in COMMANDS:
        return f"there is no command {words[0]}"
    try:
        parser_of(words[0]).parse_args(words[1:])
    except SystemExit as ended:
        # A document may leave out the arguments that a command or an option needs, but name none that it does not take.
        said = capsys.readouterr().err
        return "" if not ended.code or "are required" in said or "expected one argument" in said else said
    return ""


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_command_line_takes_every_command(document: str, capsys: pytest.CaptureFixture[str]) -> None:
    for words in commands((ROOT / document).read_text()):
        assert problem(words, capsys) == "", words


def test_commands_are_found_in_blocks_and_in_lines() -> None:
    text = "Run `./dev up --once`, then\n\n```sh\ncd x && ./dev logs web -f | less\n$(./dev images)   # all\n```\n"
    assert list(commands(text)) == [["up", "--once"], ["logs", "web", "-f"], ["images"]]
    assert sum(1 for path in DOCUMENTS for _ in commands(Path(ROOT / path).read_text())) > 60


def test_a_command_that_does_not_exist_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert problem(["upp"], capsys) == "there is no command upp"
    assert "unrecognized arguments: --twice" in problem(["up", "--twice"], capsys)
    assert problem(["restore"], capsys) == ""
