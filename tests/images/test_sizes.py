"""The images stay as small as they are, unless a commit says what made one larger."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from scripts.core.runner import Subprocess
from scripts.docker.archive import Image

FILE = Path(__file__).with_name("sizes.yaml")
DEPENDENCY = re.compile(r"[\w@/.-]+, \d+(\.\d+)? (kB|MB)")
SIZES: dict[str, int] = yaml.safe_load(FILE.read_text())


def test_an_image_is_not_larger_than_it_was_by_more_than_a_tenth(component: str, image: Image) -> None:
    size = sum(entry.size for entry in image.entries())
    usual = SIZES.get(component, 0)
    assert usual * 0.5 < size <= usual * 1.1, f"{component} adds {size:,} bytes to its base"


def test_every_commit_that_raised_a_size_names_the_dependency_and_its_size() -> None:
    unexplained = [message for message, raised in history() if raised and not DEPENDENCY.search(message)]
    assert unexplained == []


@pytest.mark.parametrize(
    ("message", "explained"),
    [
        ("Draft mails\n\nFor jinja2, 0.4 MB.", True),
        ("Count tokens (tiktoken, 12 MB)", True),
        ("Raise the sizes of the images", False),
        ("Raise the backend's size by 12 MB", False),
    ],
)
def test_a_dependency_is_named_with_its_size(message: str, explained: bool) -> None:
    assert bool(DEPENDENCY.search(message)) == explained


def history() -> list[tuple[str, bool]]:
    """The message of each commit that changed the sizes after the first, and whether it raised one."""

    def git(*words: str) -> str:
        return Subprocess().run(["git", *words], cwd=FILE.parent).stdout

    if git("rev-parse", "--is-shallow-repository").strip() != "false":
        pytest.fail("this clone lacks the commits before its first; get them by: git fetch --unshallow")
    commits = git("log", "--format=%H", "--", FILE.name).split()[::-1]
    sizes = [yaml.safe_load(git("show", f"{commit}:./{FILE.name}")) for commit in commits]
    raised = [any(new[name] > old.get(name, 0) for name in new) for old, new in zip(sizes, sizes[1:], strict=False)]
    return [(git("show", "-s", "--format=%B", commit), up) for commit, up in zip(commits[1:], raised, strict=True)]
