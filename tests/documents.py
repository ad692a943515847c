"""The blocks of code in documents, for tests that do what a document says instead of typing it again."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

from scripts.core.paths import ROOT

FENCED = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<code>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: the heading that it is below, the text between it and the block before, and its code."""

    heading: str
    before: str
    language: str
    code: str


def parse(text: str) -> list[Block]:
    """All fenced blocks of a document, in their order."""
    found, end, heading = [], 0, ""
    for fenced in FENCED.finditer(text):
        before = text[end : fenced.start()]
        heading = [heading, *HEADING.findall(before)][-1]
        found.append(Block(heading, before, fenced["language"], textwrap.dedent(fenced["code"])))
        end = fenced.end()
    return found


def substituted(code: str, placeholders: Mapping[str, str]) -> str:
    """The code with a value for each placeholder. Raises AssertionError for one that is not in it."""
    for placeholder, value in placeholders.items():
        assert placeholder in code, f"{placeholder!r} is not in:\n{code}"
        code = code.replace(placeholder, value)
    return code


def code_blocks(document: str) -> list[Block]:
    """All blocks of a document, which is named by its path in the checkout."""
    return parse((ROOT / document).read_text())


def code_block(document: str, heading: str, start: str, placeholders: Mapping[str, str] | None = None) -> str:
    """The code of the one block below a heading that starts so. Raises AssertionError if there is none, or another.

    `tests/unit/docs/test_blocks.py` reads in the calls of this function and of `code_blocks` which blocks are run, so
    they name the document, the heading and the start as they are.
    """
    below = [block.code for block in code_blocks(document) if block.heading == heading]
    found = [code for code in below if code.startswith(start)]
    assert len(found) == 1, f"{len(found)} blocks below “{heading}” in {document} start with {start!r}"
    return substituted(found[0], placeholders or {})
