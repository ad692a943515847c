"""The README agrees with the code."""

from __future__ import annotations

import re

from scripts.cli import COMMANDS
from scripts.core.paths import ROOT
from scripts.core.versions import TABLE, Supported, dotted
from scripts.testing import tiers

README = (ROOT / "README.md").read_text()


def row(supported: Supported) -> str:
    limit = f", up to {supported.newest_major}" if supported.newest_major is not None else ""
    return f"| {supported.product} | {dotted(supported.oldest)} or newer{limit} |"


def test_the_table_of_versions_is_the_one_that_the_code_checks() -> None:
    section = README.split("## Versions")[1].split("## ")[0]
    assert re.findall(r"^\| [A-Z].*$", section, re.MULTILINE) == [row(supported) for supported in TABLE]


def test_every_command_named_exists() -> None:
    section = README.split("## The commands")[1].split("\n## ")[0]
    named = set(re.findall(r"^\| `([\w-]+)", section, re.MULTILINE))
    assert named <= set(COMMANDS)
    assert set(COMMANDS) - named <= {"bases"}, "bases is for the Tiltfile"


def test_the_table_of_tiers_is_the_one_that_runs_them() -> None:
    section = README.split("## The tests")[1].split("\n## ")[0]
    rows = [f"| `{name}` | {about} | {plain} |" for name, about, plain in tiers.table()]
    assert re.findall(r"^\| `.*$", section, re.MULTILINE) == rows


def test_ci_runs_the_readmes_test_command_and_nothing_else() -> None:
    lines = [line for line in (ROOT / ".ci/run").read_text().splitlines() if line and not line.startswith("#")]
    assert lines == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "exec ./dev test"]
    assert "./dev test " in README


def test_the_files_that_the_readme_links_to_exist() -> None:
    for target in re.findall(r"\]\(((?!http)[^)#]+)\)", README):
        assert (ROOT / target).is_file(), target
