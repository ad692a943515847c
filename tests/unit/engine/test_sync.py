"""The script and archive of an update, carried out by the real sh and tar on folders of this machine."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from scripts.engine.update import sync
from scripts.engine.update.plan import Copy
from scripts.files.digests import digest
from scripts.kube.exec import EXEC_SECONDS, TIMED_OUT, Executed
from scripts.tiltfile.model import Run


def run_here(text: str, data: bytes = b"") -> Executed:
    done = subprocess.run(["sh", "-c", text], input=data, capture_output=True, check=False)
    return Executed(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_files_arrive_with_content_and_mode_and_a_time_of_now(tmp_path: Path) -> None:
    source, target = tmp_path / "it's a.sh", tmp_path / "box/deep/it's a.sh"
    source.write_text("#!/bin/sh\n")
    source.chmod(0o755)
    os.utime(source, (1, 1))
    data, packed = sync.archive([Copy(source, str(target))])
    assert run_here(sync.script([], True, []), data).status == 0
    assert packed == {source: digest(source)}
    assert target.read_text() == "#!/bin/sh\n"
    assert target.stat().st_mode & 0o777 == 0o755
    assert target.stat().st_mtime > time.time() - 60


def test_an_older_file_and_a_link_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("new")
    (tmp_path / "link").symlink_to("a")
    box = tmp_path / "box"
    box.mkdir()
    (box / "a").write_text("old and longer")
    (box / "link").write_text("a file")
    data, _ = sync.archive([Copy(tmp_path / name, str(box / name)) for name in ("a", "link")])
    assert run_here(sync.script([], True, []), data).status == 0
    assert (box / "a").read_text() == "new"
    assert os.readlink(box / "link") == "a"


def test_a_file_that_vanished_is_left_out_of_the_archive(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("x")
    data, _ = sync.archive(
        [Copy(tmp_path / "gone", f"{tmp_path}/box/gone"), Copy(tmp_path / "here", f"{tmp_path}/box/here")]
    )
    assert run_here(sync.script([], True, []), data).status == 0
    assert [path.name for path in (tmp_path / "box").iterdir()] == ["here"]


def test_removes_come_before_copies_and_runs_come_last_and_in_order(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("x")
    (tmp_path / "box/a b").mkdir(parents=True)
    (tmp_path / "box/a b/c").write_text("x")
    runs = [
        Run(("sh", "-c", f"cd {tmp_path}/box && ls > seen && cat >> seen")),
        Run(("cp", f"{tmp_path}/box/seen", f"{tmp_path}/copy")),
    ]
    data, _ = sync.archive([Copy(tmp_path / "new", f"{tmp_path}/box/new")])
    done = run_here(sync.script([f"{tmp_path}/box/a b", f"{tmp_path}/box/absent"], True, runs), data)
    assert sync.outcome(done, runs, {}) == sync.Outcome("ok")
    assert (tmp_path / "copy").read_text() == "new\nseen\n"


def test_a_failed_run_is_named_with_its_reason_and_stops_the_ones_after_it(tmp_path: Path) -> None:
    runs = [Run(("true",)), Run(("sh", "-c", "echo no such table >&2; exit 7")), Run(("touch", f"{tmp_path}/after"))]
    done = run_here(sync.script([], False, runs))
    result = sync.outcome(done, runs, {})
    assert (result.stage, result.message) == ("run", "`echo no such table >&2; exit 7` failed: no such table")
    assert not (tmp_path / "after").exists()


def test_a_target_that_cannot_be_written_says_who_must_own_it(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "box").write_text("a file where a folder is needed")
    done = run_here(sync.script([], True, []), sync.archive([Copy(tmp_path / "a", f"{tmp_path}/box/a")])[0])
    result = sync.outcome(done, [], {})
    assert result.stage == "unpack"
    assert "must own the files and their folders" in result.message


@pytest.mark.parametrize(
    ("status", "stage"), [(0, "ok"), (81, "remove"), (82, "unpack"), (90, "run"), (91, "connection_lost"),
    (126, "unpack"),
                          (127, "unpack"), (137, "connection_lost"), (-1, "connection_lost")]
)  # fmt: skip
def test_an_exit_status_tells_the_stage(status: int, stage: str) -> None:
    assert sync.outcome(Executed(status, "", "why"), [Run(("x",))], {}).stage == stage


def test_of_a_command_that_does_not_end_nobody_knows_whether_its_files_are_there() -> None:
    runs = [Run(("sh", "-c", "alembic upgrade head"))]
    result = sync.outcome(Executed(TIMED_OUT, "", "no end"), runs, {Path("a"): "digest"})
    assert result.stage == "timed_out"
    assert result.message == f"`alembic upgrade head` did not end within {EXEC_SECONDS} s"
    assert sync.outcome(Executed(TIMED_OUT, "", "no end"), [], {}).stage == "connection_lost"
