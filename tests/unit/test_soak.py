"""The soak's operations, what they do in a checkout, and the checks on what was read meanwhile."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from scripts.core.paths import ROOT
from scripts.services import SERVICES
from tests.loop.soak.checkout import Checkout, listing, local_tree, parse_listing
from tests.loop.soak.invariants import Entry, Kill, Reading, Save, differences, stale_greens, wrong_greens
from tests.loop.soak.operations import AREAS, BREAKS, MIGRATION, OTHER_BRANCH, SOURCES, operations
from tests.loop.soak.steps import Append, Chmod, Delete, KillPod, Link, Operation, Rename, Switch, UntilBegun, Write

KINDS = {
    "edit", "new file", "double save", "pod kill", "rename", "delete", "chmod", "folder for file", "link",
    "syntax error", "failing migration", "repair", "branch switch",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of the checkout that a soak edits."""
    for name in [*SOURCES, *(step.path for step in OTHER_BRANCH if isinstance(step, Append))]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def broken_after(made: list[Operation]) -> list[bool]:
    """Whether something is broken after each operation."""
    broken: set[str] = set()
    found = []
    for operation in made:
        for step in operation.steps:
            if isinstance(step, Append):
                broken -= {step.path}
                broken |= {step.path} if step.line.startswith(BREAKS.get(step.path, "\0")) else set()
            elif isinstance(step, Write) and step.path == MIGRATION:
                broken |= {MIGRATION}
            elif isinstance(step, Delete):
                broken -= {step.path}
        found.append(bool(broken))
    return found


def test_equal_seeds_give_equal_operations_and_others_give_others() -> None:
    assert operations(7, 60) == operations(7, 60)
    assert operations(7, 60) != operations(8, 60)


def test_a_long_soak_has_every_kind_of_operation_and_any_has_as_many_as_asked_for() -> None:
    assert Counter(operation.kind for operation in operations(1, 500)).keys() == KINDS
    assert [len(operations(seed, 60)) for seed in range(20)] == [60] * 20


def test_what_is_broken_is_not_waited_for_to_be_green_and_is_repaired_before_the_end() -> None:
    for seed in range(50):
        made = operations(seed, 60)
        broken = broken_after(made)
        assert any(broken) and not broken[-1]
        assert made[-1].wait == "green"
        for operation, is_broken in zip(made, broken, strict=True):
            assert operation.wait != "green" or not is_broken, operation
            assert not (is_broken and any(isinstance(step, Switch) for step in operation.steps)), operation


def test_a_double_save_is_two_saves_of_one_file_with_the_begun_update_between() -> None:
    for operation in operations(3, 500):
        if operation.kind == "double save":
            first, between, second = operation.steps
            assert isinstance(between, UntilBegun)
            assert isinstance(first, Write | Append) and isinstance(second, Write | Append)
            assert first.path == second.path and first != second


def test_a_link_stays_in_its_service_and_has_the_suffix_of_its_target() -> None:
    links = [step for operation in operations(4, 500) for step in operation.steps if isinstance(step, Link)]
    assert links
    for link in links:
        target = (ROOT / link.path).parent / link.target
        assert target.resolve().exists() and target.suffix == Path(link.path).suffix
        assert target.resolve().is_relative_to(ROOT / link.path.split("/")[0])


def test_an_operation_is_one_readable_line() -> None:
    operation = Operation(3, "rename", (Rename("a.py", "b.py"),), "green")
    assert str(operation) == "   3 rename: Rename(path='a.py', to='b.py'), until all is green"


@pytest.mark.parametrize("seed", range(4))
def test_every_operation_can_be_done_in_a_checkout_that_is_as_before_afterwards(folder: Path, seed: int) -> None:
    before = {area.folder: local_tree(folder, [area.folder.rpartition("/")[0]]) for area in AREAS}
    checkout = Checkout(folder)
    for operation in operations(seed, 150):
        for step in operation.steps:
            if not isinstance(step, KillPod | UntilBegun):
                checkout.take(step)
    assert {area.folder: local_tree(folder, [area.folder.rpartition("/")[0]]) for area in AREAS} != before
    checkout.close()
    assert {area.folder: local_tree(folder, [area.folder.rpartition("/")[0]]) for area in AREAS} == before
    assert not (folder / ".git").exists()


def test_a_save_keeps_the_mode_of_the_file(folder: Path) -> None:
    checkout = Checkout(folder)
    checkout.take(Chmod("backend/app/main.py", True))
    checkout.take(Append("backend/app/main.py", "# x\n"))
    assert local_tree(folder / "backend", ["app/main.py"])["app/main.py"].executable


def test_the_files_of_a_container_are_listed_as_those_of_the_checkout_are(tmp_path: Path) -> None:
    app = tmp_path / "app"
    (app / "deep er").mkdir(parents=True)
    (app / "deep er/über.py").write_text("x\n")
    (app / "main.py").write_text("")
    (app / "main.py").chmod(0o755)
    (app / "link.py").symlink_to("main.py")
    (app / "to folder").symlink_to("deep er")
    (app / "a.pyc").write_text("not counted")
    (tmp_path / "alembic.ini").write_text("x\n")
    command = [word.replace("cd /app", f"cd {tmp_path}") for word in listing(["app", "alembic.ini"])]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    local = local_tree(tmp_path, ["app", "alembic.ini"])
    assert parse_listing(output) == local
    assert local.keys() == {"app/deep er/über.py", "app/main.py", "app/link.py", "app/to folder", "alembic.ini"}
    assert (local["app/main.py"].executable, local["app/to folder"].content) == (True, "-> deep er")


def test_the_sources_of_a_soak_are_in_the_table_of_services() -> None:
    for service in SERVICES:
        mine = [path for path, (name, _) in SOURCES.items() if name == service.component]
        assert mine, f"{service.component} has no source in SOURCES of tests/loop/soak/operations.py"
        assert all(path.startswith(f"{service.folder}/") for path in mine)


def test_differences_name_what_is_missing_left_over_and_other() -> None:
    same, old, new = Entry("1" * 64), Entry("2" * 64), Entry("3" * 64, executable=True)
    local = {"a": same, "b": new, "c": same}
    assert differences(local, local) == []
    assert differences(local, {"a": same, "b": old, "d": same}) == [
        "c is missing",
        "d is left over",
        "b is 222222222222222, and 333333333333333 executable in the checkout",
    ]


def reading(time: float, status: str, revision: str, served: str = "") -> Reading:
    return Reading(time, served or revision, status, revision, served or revision)


@pytest.mark.parametrize(
    ("read", "wrong"),
    [
        (Reading(1, "a", "ok", "a", "a"), False),
        (Reading(1, "b", "ok", "a", "b"), True),
        (Reading(1, "b", "updating", "a", "b"), False),
        (Reading(1, "a", "ok", "b", "c"), False),
        (Reading(1, "", "ok", "a", ""), False),
    ],
)
def test_a_green_row_that_names_another_revision_than_two_equal_answers_is_wrong(read: Reading, wrong: bool) -> None:
    assert len(wrong_greens([read])) == wrong


START, EDIT, SECOND = Save(0, "old", "the start"), Save(2, "new", "an edit"), Save(3, "newer", "a second edit")
GREEN = reading(1, "ok", "old")


@pytest.mark.parametrize(
    ("events", "readings", "stale"),
    [
        # Not heard yet.
        ([START, EDIT], [GREEN, reading(2.01, "ok", "old")], 0),
        # Known from when the row left green.
        ([START, EDIT], [GREEN, reading(2.1, "updating", "old"), reading(2.2, "ok", "new")], 0),
        ([START, EDIT], [GREEN, reading(2.1, "updating", "old"), reading(2.2, "ok", "old")], 1),
        ([START, EDIT], [GREEN, reading(2.1, "error", "old"), reading(2.2, "ok", "old")], 1),
        # Known because it was shown.
        ([START, EDIT], [GREEN, reading(2.2, "ok", "new"), reading(2.3, "ok", "old")], 1),
        # Of two saves only the first is certain to have been heard.
        ([START, EDIT, SECOND], [GREEN, reading(3.1, "updating", "old"), reading(3.2, "ok", "new")], 0),
        ([START, EDIT, SECOND], [GREEN, reading(3.1, "updating", "old"), reading(3.2, "ok", "old")], 1),
        # A pod that ends makes a row leave green too, until it is green for the newest again.
        ([START, EDIT, Kill(1.5)], [GREEN, reading(2.1, "updating", "old"), reading(2.2, "ok", "old")], 0),
        ([START, EDIT, Kill(2.05)], [GREEN, reading(2.1, "updating", "old"), reading(2.2, "ok", "old")], 0),
        (
            [START, Kill(0.5), EDIT],
            [reading(0.6, "updating", "old"), GREEN, reading(2.1, "updating", "old"), reading(2.2, "ok", "old")],
            1,
        ),
        # Sources in between, as of half a branch switch, are in no save.
        ([START, EDIT], [GREEN, reading(2.1, "updating", "old"), reading(2.2, "ok", "half")], 0),
        # The sources as they were before are the newest again.
        (
            [START, EDIT, Save(3, "old", "undone")],
            [GREEN, reading(2.1, "updating", "old"), reading(3.2, "ok", "old")],
            0,
        ),
    ],
)
def test_a_row_that_is_green_for_older_sources_than_a_save_that_it_knows_of_is_stale(
    events: list[Save | Kill], readings: list[Reading], stale: int
) -> None:
    found = stale_greens(events, readings)
    assert len(found) == stale
    assert all("old" in sentence for sentence in found)
