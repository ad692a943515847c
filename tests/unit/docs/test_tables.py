"""The documents agree with the code: tables of commands, tiers, versions and values."""

from __future__ import annotations

import re

from scripts.cli import COMMANDS
from scripts.commands import values_docs
from scripts.core.paths import ROOT
from scripts.core.versions import TABLE, Supported, dotted
from scripts.testing import tiers

README = (ROOT / "README.md").read_text()
DOCS = ROOT / "docs"
SCREEN = 60


def rows(name: str) -> list[str]:
    """The rows of the tables in a document that begin with code or a name."""
    return re.findall(r"^\| [`A-Z].*$", (DOCS / name).read_text(), re.MULTILINE)


def versions_row(supported: Supported) -> str:
    limit = f", up to {supported.newest_major}" if supported.newest_major is not None else ""
    return f"| {supported.product} | {dotted(supported.oldest)} or newer{limit} |"


def test_the_table_of_versions_is_the_one_that_the_code_checks() -> None:
    assert [row for row in rows("commands.md") if not row.startswith("| `")] == list(map(versions_row, TABLE))


def test_every_command_named_exists() -> None:
    named = {match[1] for row in rows("commands.md") if (match := re.match(r"\| `([\w-]+)", row))}
    assert named <= set(COMMANDS)
    assert set(COMMANDS) - named <= {"bases"}, "bases is for the Tiltfile"


def test_the_table_of_tiers_is_the_one_that_runs_them() -> None:
    assert rows("testing.md") == [f"| `{name}` | {about} | {plain} |" for name, about, plain in tiers.table()]


def test_the_reference_of_the_values_is_what_the_chart_says() -> None:
    assert values_docs.FILE.read_text() == values_docs.content(), "run: ./dev values-docs"


def test_ci_runs_the_readmes_test_command_and_nothing_else() -> None:
    lines = [line for line in (ROOT / ".ci/run").read_text().splitlines() if line and not line.startswith("#")]
    assert lines == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "exec ./dev test"]
    assert "./dev test " in README


def test_the_readme_names_the_tiers_that_the_test_command_leaves_out() -> None:
    (line,) = re.findall(r"^`\./dev test all` adds (.*): ", README, re.MULTILINE)
    assert re.findall(r"`(\w+)`", line) == [name for name, _, plain in tiers.table() if plain != "yes"]


def test_the_readme_fits_on_a_screen() -> None:
    assert len(README.splitlines()) <= SCREEN


def test_the_index_names_every_document() -> None:
    linked = set(re.findall(r"\]\(([\w./-]+)\)", (DOCS / "README.md").read_text()))
    missing = {path.name for path in DOCS.glob("*.md")} - linked - {"README.md"}
    assert missing == set()
    decisions = set(re.findall(r"\]\(([\w.-]+)\)", (DOCS / "decisions/README.md").read_text()))
    assert decisions == {path.name for path in (DOCS / "decisions").glob("*.md")} - {"README.md"}
