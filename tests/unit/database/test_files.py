"""The file of a backup: whole or absent, its owner's only, and never another one's place."""

from __future__ import annotations

import argparse
import errno
import io
import os
import resource
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from scripts.cli import parser_of
from scripts.commands import backup, restore
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.database.server import Server
from scripts.kube.restart import is_rolled_out

DUMP = b"PGDMP half"


class Database:
    """Writes a dump, and then fails if there is a reason."""

    def __init__(self, failure: str = "") -> None:
        self._failure = failure

    def dump(self, write: Callable[[bytes], object]) -> None:
        write(DUMP)
        if self._failure:
            raise UserError(self._failure)


def made(file: Path, failure: str = "") -> int:
    return backup.write(cast(Server, Database(failure)), file)


def test_a_backup_is_readable_by_its_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        assert made(tmp_path / "new" / "a.dump") == 10
    finally:
        os.umask(before)
    assert (tmp_path / "new" / "a.dump").stat().st_mode & 0o777 == 0o600


def test_a_backup_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the connection broke"):
        made(tmp_path / "a.dump", "the connection broke")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_takes_no_more_is_named_and_nothing_is_left_on_it(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4, hard))
    try:
        with pytest.raises(UserError, match="a.dump could not be written: File too large; free some space"):
            made(tmp_path / "a.dump")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "why"), [("README.md/a", "File exists"), ("README.md/b/a", "Not a directory")])
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "README.md").touch()
    with pytest.raises(UserError, match=f"folder {(tmp_path / name).parent} could not be made: {why}; name a file in"):
        made(tmp_path / name)


def test_a_backup_replaces_no_other(tmp_path: Path) -> None:
    made(tmp_path / "a.dump")
    (tmp_path / "b.dump").symlink_to(tmp_path / "nowhere")
    for name in ("a.dump", "b.dump"):
        with pytest.raises(UserError, match=f"{name} exists already; choose another name"):
            made(tmp_path / name)


class Busy(Database):
    """Another backup to the same file begins and ends while this one is written."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def dump(self, write: Callable[[bytes], object]) -> None:
        super().dump(write)
        assert made(self._file) == len(DUMP)
        write(b"and more")


def without_hard_links(*_: object) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted")  # as exFAT does


@pytest.mark.parametrize("hard_links", [True, False])
def test_of_two_backups_to_one_file_at_a_time_the_first_to_end_has_it_whole(
    tmp_path: Path, hard_links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not hard_links:
        monkeypatch.setattr(os, "link", without_hard_links)
    file = tmp_path / "a.dump"
    with pytest.raises(UserError, match="a.dump exists already; choose another name"):
        backup.write(cast(Server, Busy(file)), file)
    assert list(tmp_path.iterdir()) == [file]
    assert file.read_bytes() == DUMP


def test_a_file_of_somebody_else_beside_it_stays_as_it_is(tmp_path: Path) -> None:
    theirs, link = tmp_path / "theirs", tmp_path / "a.dump.part"
    theirs.write_text("precious")
    link.symlink_to(theirs)
    made(tmp_path / "a.dump")
    assert theirs.read_text() == "precious"
    assert link.is_symlink()
    assert (tmp_path / "a.dump").read_bytes() == DUMP


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (["a.dump"], "./dev restore a.dump"),
        (["/backups/of ann's.dump", "--namespace", "staging", "--cluster", "kind-a"],
         """./dev restore '/backups/of ann'"'"'s.dump' --namespace staging --cluster kind-a"""),
    ],
)  # fmt: skip
def test_the_command_that_is_printed_restores_the_file_into_the_same_database(words: list[str], printed: str) -> None:
    args = parser_of("backup").parse_args(words)
    assert backup.restore_command(ROOT / args.file, args) == printed
    again = parser_of("restore").parse_args(shlex.split(printed)[2:])
    assert (again.file, again.namespace, again.cluster) == (args.file, args.namespace, args.cluster)


def test_a_file_that_is_no_dump_is_refused_before_a_cluster_is_asked(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("CREATE TABLE tasks ();\n")
    for name, said in (("a.sql", "is not a backup: pg_dump did not write it"), ("none", "No such file or directory")):
        with pytest.raises(UserError, match=said):
            restore.run(argparse.Namespace(file=tmp_path / name))


def test_a_dump_is_sent_whole_and_in_pieces() -> None:
    data = os.urandom(3 * restore.CHUNK + 5)
    rest = io.BytesIO(data)
    start = rest.read(7)
    sent = list(restore.pieces(start, rest))
    assert b"".join(sent) == data
    assert len(sent) == 4


@pytest.mark.parametrize(
    ("status", "done"),
    [
        ({"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}, True),
        ({"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}, False),
        ({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 2, "availableReplicas": 3}, False),
        ({"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2}, False),
    ],
)
def test_a_restart_is_over_when_only_new_pods_are_left_and_serve(status: dict[str, int], done: bool) -> None:
    assert is_rolled_out({"metadata": {"generation": 2}, "spec": {"replicas": 2}, "status": status}) is done
