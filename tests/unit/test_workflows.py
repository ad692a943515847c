"""What the workflows take from others, which a tag that is moved could exchange."""

from __future__ import annotations

import re

import pytest

from scripts.core.paths import ROOT

ACTIONS = [
    used
    for path in sorted((ROOT / ".github" / "workflows").iterdir())
    for used in re.findall(r"\buses:\s*(.+)", path.read_text())
]


@pytest.mark.parametrize("used", ACTIONS)
def test_an_action_is_named_by_its_commit_and_a_comment_tells_its_version(used: str) -> None:
    assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used)
