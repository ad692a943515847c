"""Messages in docs/troubleshooting.md are those of the source."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest

from scripts.ci.trouble import KINDS, kind_of
from scripts.core.paths import ROOT
from scripts.core.runner import Subprocess
from scripts.lint.tree import files

GUIDE = (ROOT / "docs/troubleshooting.md").read_text()
# Every span of code in the first cell of a row.
MESSAGES = [
    message for cell in re.findall(r"^\| (`[^|]*)\|", GUIDE, re.MULTILINE) for message in re.findall(r"`([^`]+)`", cell)
]
SOURCES = ("scripts", "backend/app", "charts", "dev")


def source() -> dict[str, str]:
    """The text of every file that prints messages, by path; strings that are written in two pieces are joined."""
    found = {}
    for path in files(Subprocess(), ROOT):
        if path.startswith(SOURCES) and PurePosixPath(path).suffix in ("", ".py", ".sh", ".yaml", ".tpl"):
            text = (ROOT / path).read_text(errors="replace")
            found[path] = re.sub(r'"\n\s+f?"', "", text)
    return found


TEXTS = source()


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_is_printed_by_one_file(message: str) -> None:
    pieces = [piece.strip() for piece in message.split("…") if piece.strip()]
    assert [path for path, text in TEXTS.items() if all(piece in text for piece in pieces)], pieces


def test_each_kind_of_trouble_in_the_cluster_has_a_row() -> None:
    """As `./dev ci` ends with them."""
    told = {kind_of("k8s", message) for message in MESSAGES}
    assert {kind for kind in KINDS if 13 <= kind.code < 30} <= told


def test_there_are_messages_to_look_for() -> None:
    assert len(MESSAGES) > 20
