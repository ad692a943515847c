"""Files through one open connection, and the files beside the edited one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scripts.bench.crowd import CROWDS, Crowd
from scripts.bench.edits import SERVICES
from scripts.bench.floor import framed, receiver
from scripts.core.paths import ROOT
from scripts.revision import counts


def test_one_receiver_unpacks_file_after_file(tmp_path: Path) -> None:
    with subprocess.Popen(receiver(str(tmp_path)), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
        assert shell.stdin and shell.stdout
        for text in ("first\n", "second and longer\n" * 2000, ""):
            shell.stdin.write(framed("/app/main.py", text))
            shell.stdin.flush()
            assert shell.stdout.readline() == b"unpacked\n"
            assert (tmp_path / "app/main.py").read_text() == text


def test_a_file_that_cannot_be_unpacked_is_said(tmp_path: Path) -> None:
    argv = receiver(str(tmp_path / "nowhere"))
    done = subprocess.run(argv, input=framed("/app/main.py", ""), capture_output=True)
    assert done.stdout == b"failed\n"


@pytest.mark.parametrize("name", SERVICES)
def test_the_edited_file_is_where_the_tiltfile_sends_it(name: str) -> None:
    service = SERVICES[name]
    folder, _, below = service.source.partition("/")
    assert service.target == f"/app/{below}"
    assert f"'{below.split('/')[0]}': '/app/{below.split('/')[0]}'" in (ROOT / "Tiltfile").read_text()


def test_a_crowd_is_made_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "frontend").mkdir()
    with Crowd("x", "frontend/node_modules/bench", "").made(tmp_path, 250):
        files = [path for path in (tmp_path / "frontend").rglob("*") if path.is_file()]
        assert len({path.read_text() for path in files}) == 250
    assert list((tmp_path / "frontend").iterdir()) == []


def test_of_the_crowds_one_counts_in_a_revision_and_the_other_does_not() -> None:
    assert {crowd.name: counts(Path(crowd.folder)) for crowd in CROWDS} == {"public": True, "ignored": False}
