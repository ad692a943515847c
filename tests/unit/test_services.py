"""The table of the services, as a loop sees it that runs while the table changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import services
from scripts.services import by_image

BACKEND = services.by_component("backend")
ROW = '    Service("sundial", "sundial", "todo-sundial", ("dial.py",)),\n)\n\n\ndef by_component'


@pytest.fixture
def table(tmp_path: Path) -> Path:
    copy = tmp_path / "services.py"
    copy.write_text(Path(services.__file__).read_text())
    return copy


def test_a_service_that_is_added_while_a_program_runs_is_known_to_it(table: Path) -> None:
    assert by_image("todo-sundial", table) is None
    table.write_text(table.read_text().replace(")\n\n\ndef by_component", ROW))
    sundial = by_image("todo-sundial", table)
    assert sundial and sundial.sources == ("dial.py",)


@pytest.mark.parametrize("text", ["SERVICES = (\n", "", "raise SystemError\n"])
def test_a_table_that_is_half_saved_counts_as_it_was_read_at_the_start(table: Path, text: str) -> None:
    table.write_text(text)
    assert by_image("todo-backend", table) == BACKEND
    table.unlink()
    assert by_image("todo-backend", table) == BACKEND
