"""Every block of shell commands in a document is run by a test, or is known not to be."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from scripts.core.paths import ROOT
from scripts.core.runner import Subprocess
from scripts.lint.tree import files
from tests.documents import FENCED, code_block, code_blocks, parse, substituted

NOT_RUN = {
    ("README.md", "todo-stack", "./dev up"): "stays until Ctrl+C, and runs all tests",
    ("README.md", "With Minikube and Tilt", "minikube start"): "needs Minikube and Tilt",
    ("CONTRIBUTING.md", "Set-up", "./dev up"): "stays until Ctrl+C",
    ("CONTRIBUTING.md", "Set-up", "pre-commit install"): "needs pre-commit, and changes the checkout's git",
    ("CONTRIBUTING.md", "Change something, and test it", "./dev test"): "runs all tests",
    ("CONTRIBUTING.md", "Add a field to a task", "./dev api-types"): "runs tests of all services",
    ("docs/mcp-clients.md", "Claude Code", "claude mcp add"): "needs Claude Code",
    ("docs/operations.md", "Install", "minikube start"): "needs Minikube",
}
"""Document, heading and start of each block that no test runs, and the reason."""
LANGUAGES = {"sh", "text", "python", "dockerfile", "yaml", "json", "promql"}
INDENTED = re.compile(r"(?<=\n\n)(?: {4}|\t)\S.*")
TREE = files(Subprocess(), ROOT)
DOCUMENTS = [path for path in TREE if path.endswith(".md")]


@dataclass(frozen=True)
class Taken:
    """A call that takes a block, or without heading and start all blocks of a document, and the function it is in."""

    document: str
    heading: str
    start: str
    where: str


def calls(path: str, source: str) -> Iterator[Taken]:
    """The calls of `code_block` and `code_blocks` in a file of tests. Raises AssertionError for one that hides what it
    takes."""
    module = ast.parse(source)
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]
    inside = {id(node): function.name for function in functions for node in ast.walk(function)}
    for node in ast.walk(module):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        wanted = {"code_block": 3, "code_blocks": 1}.get(node.func.id)
        if wanted is None:
            continue
        words = [word.value for word in node.args[:wanted] if isinstance(word, ast.Constant)]
        line = f"{path}:{node.lineno}"
        assert len(words) == wanted, f"{line}: name the document, the heading and the start as they are"
        assert id(node) in inside, f"{line}: take the block in the test that runs it"
        document, heading, start = map(str, [*words, "", ""][:3])
        yield Taken(document, heading, start, f"{path}: {inside[id(node)]}")


def taken() -> list[Taken]:
    ours = [path for path in TREE if re.fullmatch(r"tests/(?!unit/docs/test_blocks|documents).*\.py", path)]
    return [call for path in ours for call in calls(path, (ROOT / path).read_text())]


TAKEN = taken()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_block_of_commands_is_run_or_listed(document: str) -> None:
    """Add it to a test by `code_block`, or to the list with its reason."""
    known = [key for key in NOT_RUN if key[0] == document]
    known += [(call.document, call.heading, call.start) for call in TAKEN if call.document == document]
    forgotten = [
        block.code
        for block in code_blocks(document)
        if block.language == "sh"
        and not any(heading in ("", block.heading) and block.code.startswith(start) for _, heading, start in known)
    ]
    assert forgotten == []


@pytest.mark.parametrize("key", NOT_RUN, ids=":".join)
def test_a_block_that_is_listed_is_there_and_no_test_runs_it(key: tuple[str, str, str]) -> None:
    document, heading, start = key
    code = code_block(document, heading, start)
    of_document = [call for call in TAKEN if call.document == document and call.heading in ("", heading)]
    assert [call.where for call in of_document if code.startswith(call.start)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_code_is_in_fences_with_a_language_where_the_tests_find_it(document: str) -> None:
    text = (ROOT / document).read_text()
    assert {block.language for block in parse(text)} <= LANGUAGES
    rest = FENCED.sub("", text)
    assert "```" not in rest and "~~~" not in rest
    assert INDENTED.findall(rest) == []


# The helpers themselves, on a small document.

DOCUMENT = """\
# One

Text.

```sh
ls FILE
```

- In a list:

  ```yaml
  a:
    b: 1
  ```

## Two

```sh
ls
```
"""


def test_blocks_are_found_with_their_headings_and_what_is_said_before_them() -> None:
    found = [(block.heading, block.before.strip(), block.language, block.code) for block in parse(DOCUMENT)]
    assert found == [
        ("One", "# One\n\nText.", "sh", "ls FILE\n"),
        ("One", "- In a list:", "yaml", "a:\n  b: 1\n"),
        ("Two", "## Two", "sh", "ls\n"),
    ]


def test_a_placeholder_that_a_block_does_not_have_is_noticed() -> None:
    assert substituted("ls FILE\n", {"FILE": "x y"}) == "ls x y\n"
    with pytest.raises(AssertionError, match="'NAME' is not in:\nls FILE"):
        substituted("ls FILE\n", {"NAME": "x"})


def test_a_block_is_named_by_its_heading_and_its_start() -> None:
    with pytest.raises(AssertionError, match="0 blocks below “Restore” in docs/operations.md start with 'ls'"):
        code_block("docs/operations.md", "Restore", "ls")


def test_calls_are_found_in_tests_and_fixtures_by_their_words() -> None:
    source = 'def test_a(user):\n    run(code_block("a.md", "One", "ls", {"FILE": user}), code_blocks("b.md"))\n'
    assert list(calls("t.py", source)) == [
        Taken("a.md", "One", "ls", "t.py: test_a"),
        Taken("b.md", "", "", "t.py: test_a"),
    ]
    with pytest.raises(AssertionError, match="t.py:2: name the document"):
        list(calls("t.py", "def test_a():\n    code_block(NAME, 'One', 'ls')\n"))
    with pytest.raises(AssertionError, match="t.py:1: take the block in the test"):
        list(calls("t.py", "BLOCK = code_block('a.md', 'One', 'ls')\n"))
