"""The files of a build context on a real file system: what is seen, what cannot be sent, and what changed."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.docker.patterns import Matcher
from scripts.files import digests
from scripts.files.ignore import Ignore

ODD = os.fsdecode(b"\xff.py")


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "frontend/src/chat").mkdir(parents=True)
    for name in ("src/a.ts", "src/chat/b.ts", "src/chat/c.ts"):
        (tmp_path / "frontend" / name).write_text(name)
    return tmp_path / "frontend"


def snapshot(context: Path) -> dict[Path, str]:
    return digests.examine(digests.files_below(context, Ignore()), context)[0]


def changes(context: Path, known: dict[Path, str], *events: Path) -> dict[str, bool]:
    about = digests.expand(events, known, Ignore())
    files, _ = digests.examine(about, context)
    found = {path: path in files for path in about if files.get(path) != known.get(path)}
    return {str(path.relative_to(context)): exists for path, exists in found.items()}


def test_a_digest_covers_content_permissions_and_a_links_target(context: Path) -> None:
    file, link = context / "src/a.ts", context / "src/link"
    link.symlink_to("a.ts")
    seen = {digests.digest(file), digests.digest(link)}
    file.write_text("other")
    seen.add(digests.digest(file))
    file.chmod(0o755)
    seen.add(digests.digest(file))
    link.unlink()
    link.symlink_to("b.ts")
    seen.add(digests.digest(link))
    assert len(seen) == 5
    assert "-> a.ts" in seen


def test_pipes_sockets_and_folders_have_no_digest_no_problem_and_are_not_waited_for(context: Path) -> None:
    os.mkfifo(context / "src/.env")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(context / "src/socket"))
        names = ("src/.env", "src/socket", "src/chat", "src/missing", "src/a.ts/below")
        assert {digests.digest(context / name) for name in names} == {None}
        assert {digests.problem(context / name, context) for name in names} == {""}
        assert {path.name for path in snapshot(context)} == {"a.ts", "b.ts", "c.ts"}


@pytest.mark.parametrize(
    ("name", "target", "sentence"),
    [
        ("public.png", "../docs/todo.png", "the link frontend/public.png -> ../docs/todo.png leaves the build context"),
        ("src/abs", "/etc/hosts", "the link frontend/src/abs -> /etc/hosts leaves the build context"),
        ("src/loop", ".", "the link frontend/src/loop -> . leads back to itself"),
        ("src/self", "self", "the link frontend/src/self -> self leads back to itself"),
        ("src/talk", "chat", ""),
        ("src/dangling", "nothing", ""),
        (f"src/{ODD}", "chat", r"the name frontend/src/\xff.py is not UTF-8"),
    ],
)
def test_a_link_that_cannot_be_sent_is_a_sentence_and_the_others_are_sent(
    context: Path, name: str, target: str, sentence: str
) -> None:
    before = snapshot(context)
    (context / name).symlink_to(target)
    files, problems = digests.examine([*digests.files_below(context, Ignore())], context)
    assert problems.get(context / name, "").startswith(sentence)
    assert bool(problems) == bool(sentence)
    assert files == {**before, **({} if sentence else {context / name: f"-> {target}"})}
    if sentence:
        assert "; remove it or " in problems[context / name]
        (context / name).unlink()
        assert digests.problem(context / name, context) == ""


def test_a_context_may_be_a_link_itself(context: Path) -> None:
    link = context.parent / "link"
    link.symlink_to(context.name)
    files, problems = digests.examine(digests.files_below(link, Ignore()), link)
    assert {path.relative_to(link): digest for path, digest in files.items()} == {
        path.relative_to(context): digest for path, digest in snapshot(context).items()
    }
    assert problems == {}


def test_links_that_lead_to_each_other_loop(context: Path) -> None:
    (context / "src/one").symlink_to("two")
    (context / "src/two").symlink_to("one")
    assert "leads back to itself" in digests.problem(context / "src/one", context)


def test_a_name_that_is_not_utf8_is_a_sentence_that_can_be_printed(context: Path) -> None:
    (context / "src" / ODD).write_text("x")
    sentence = digests.problem(context / "src" / ODD, context)
    assert sentence == r"the name frontend/src/\xff.py is not UTF-8; remove it or rename it"
    assert context / "src" / ODD not in snapshot(context)


def test_a_large_file_is_never_in_memory_whole(context: Path) -> None:
    content = b"12345678" * (1 << 20)
    dump = context / "dump.sql"
    dump.write_bytes(content)
    tracemalloc.start()
    try:
        found = digests.examine([dump], context)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == ({dump: digests.file_digest(content, dump.stat().st_mode)}, {})
    assert peak < len(content) / 8


def test_a_file_and_a_folder_that_cannot_be_read_are_a_sentence_until_they_can(unprivileged: Path) -> None:
    context = unprivileged / "svc"
    (context / "locked").mkdir(parents=True)
    for name in ("good.py", "secret.py", "locked/x.py"):
        (context / name).write_text("x")
    before = snapshot(context)
    (context / "secret.py").chmod(0)
    (context / "locked").chmod(0)
    files, problems = digests.examine(digests.files_below(context, Ignore()), context)
    assert sorted(problems.values()) == [
        "cannot read svc/locked: Permission denied; remove it or make it readable",
        "cannot read svc/secret.py: Permission denied; remove it or make it readable",
    ]
    assert files == {context / "good.py": before[context / "good.py"]}
    events = [context / name for name in ("locked/x.py", "locked", "secret.py")]
    assert changes(context, before, *events) == {"locked/x.py": False, "secret.py": False}
    (context / "secret.py").chmod(0o644)
    (context / "locked").chmod(0o755)
    assert digests.examine(digests.files_below(context, Ignore()), context) == (before, {})


def test_a_file_in_the_place_of_a_folder_removes_what_was_in_it(context: Path) -> None:
    known = snapshot(context)
    shutil.rmtree(context / "src/chat")
    (context / "src/chat").write_text("x")
    assert changes(context, known, context / "src/chat") == {
        "src/chat": True, "src/chat/b.ts": False, "src/chat/c.ts": False,
    }  # fmt: skip


def test_a_folder_in_the_place_of_a_file_removes_the_file(context: Path) -> None:
    known = snapshot(context)
    (context / "src/a.ts").unlink()
    (context / "src/a.ts").mkdir()
    (context / "src/a.ts/index.ts").write_text("x")
    assert changes(context, known, context / "src/a.ts") == {"src/a.ts": False, "src/a.ts/index.ts": True}


def test_a_link_in_the_place_of_a_folder_removes_what_was_in_it_though_the_link_leads_to_the_same(
    context: Path,
) -> None:
    known = snapshot(context)
    (context / "src/chat").rename(context / "src/talk")
    (context / "src/chat").symlink_to("talk")
    assert changes(context, known, context / "src/chat", context / "src/talk") == {
        "src/chat": True, "src/chat/b.ts": False, "src/chat/c.ts": False, "src/talk/b.ts": True, "src/talk/c.ts": True,
    }  # fmt: skip


def test_a_pipe_or_a_bad_link_in_the_place_of_a_file_removes_the_file(context: Path) -> None:
    known = snapshot(context)
    (context / "src/chat/b.ts").unlink()
    os.mkfifo(context / "src/chat/b.ts")
    (context / "src/a.ts").unlink()
    (context / "src/a.ts").symlink_to("../../a.ts")
    assert changes(context, known, context / "src") == {"src/a.ts": False, "src/chat/b.ts": False}


def test_a_rename_that_changes_case_only_removes_one_name_and_adds_the_other(context: Path) -> None:
    known = snapshot(context)
    (context / "src/a.ts").rename(context / "src/A.ts")
    (context / "src/chat").rename(context / "src/Chat")
    events = [context / name for name in ("src/a.ts", "src/A.ts", "src/chat", "src/Chat")]
    assert changes(context, known, *events) == {
        "src/a.ts": False, "src/A.ts": True, "src/chat/b.ts": False, "src/chat/c.ts": False,
        "src/Chat/b.ts": True, "src/Chat/c.ts": True,
    }  # fmt: skip


def test_the_same_holds_where_the_file_system_ignores_case(context: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS, where every spelling of a name finds the file. Linux has no such file system without its tools, so
    the lookup of names is done here."""
    known = snapshot(context)
    (context / "src/a.ts").rename(context / "src/A.ts")
    (context / "src/chat").rename(context / "src/Chat")

    def on_disk(path: Any) -> str:
        return str(path).replace("/src/a.ts", "/src/A.ts").replace("/src/chat", "/src/Chat")

    with monkeypatch.context() as patched:
        for name in ("lstat", "stat", "open", "listdir", "scandir"):
            real = getattr(os, name)
            patched.setattr(os, name, lambda path, *args, real=real, **options: real(on_disk(path), *args, **options))
        lexists = os.path.lexists
        patched.setattr(os.path, "lexists", lambda path: lexists(on_disk(path)) or lexists(_swapped_back(path)))
        found = changes(context, known, context / "src/a.ts", context / "src/A.ts", context / "src/chat")
    assert found["src/a.ts"] is False
    assert found["src/A.ts"] is True
    assert found["src/chat/b.ts"] is False


def _swapped_back(path: Any) -> str:
    folder, name = os.path.split(str(path))
    return os.path.join(folder, name.swapcase())


def test_events_at_folders_and_their_files_are_expanded_once_and_without_what_is_ignored(context: Path) -> None:
    ignore = Ignore((Matcher(context, ("**/node_modules", "**/*.log")),))
    (context / "src/node_modules").mkdir()
    for name in ("src/node_modules/x.js", "src/x.log", "src/d.ts"):
        (context / name).write_text("x")
    known = digests.examine(digests.files_below(context, ignore), context)[0]
    (context / "src/chat/b.ts").unlink()
    events = [context, context / "src", context / "src/chat/b.ts", context / "src/x.log", context / "src/node_modules"]
    wanted = {context / name for name in ("src/a.ts", "src/d.ts", "src/chat/b.ts", "src/chat/c.ts")}
    assert digests.expand(events, known, ignore) == wanted
    assert digests.expand([context / "src/node_modules"], known, ignore) == set()


def calls(action: Callable[[], object]) -> int:
    """How many functions an action calls."""
    count = 0

    def on_event(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(on_event)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


def test_twice_the_files_put_in_and_removed_again_are_twice_the_work(context: Path) -> None:
    def work(number: int) -> int:
        (context / "public").mkdir()
        many = [context / "public" / str(name) for name in range(number)]
        for path in many:
            path.write_text("x")
        added = calls(lambda: changes(context, {}, *many, context / "public"))
        known = snapshot(context)
        shutil.rmtree(context / "public")
        return added + calls(lambda: changes(context, known, *many, context / "public"))

    assert work(400) < 3 * work(200)


@pytest.fixture
def configuration(tmp_path: Path) -> list[Path]:
    (tmp_path / "chart/templates").mkdir(parents=True)
    for name in ("chart/a.yaml", "chart/templates/b.yaml", "Tiltfile"):
        (tmp_path / name).write_text("x")
    return [tmp_path / name for name in ("chart", "Tiltfile", "no/folder")]


@pytest.fixture
def later(configuration: list[Path], tmp_path_factory: pytest.TempPathFactory) -> float:
    """A moment after the configuration was written, which has passed by the clock of the file system."""
    moment = time.time() + digests.CLOCK_SECONDS + 0.01
    probe = tmp_path_factory.mktemp("clock") / "probe"
    probe.touch()
    while probe.stat().st_ctime < moment:
        probe.touch()
    return moment


def test_configuration_that_nothing_touched_since_is_not_read_again(configuration: list[Path], later: float) -> None:
    assert digests.changed_since(configuration, later) == set()


@pytest.mark.parametrize("name", ["chart/templates/b.yaml", "Tiltfile"])
def test_configuration_saved_since_is_found_whatever_its_time_says(
    configuration: list[Path], later: float, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("y")
    os.utime(tmp_path / name, (0, 0))
    assert digests.changed_since(configuration, later) == {tmp_path / name.split("/")[0]}


@pytest.mark.parametrize("name", ["chart/a.yaml", "chart/templates", "Tiltfile"])
def test_configuration_removed_since_is_found(
    configuration: list[Path], later: float, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).rename(f"{tmp_path}.removed")
    assert digests.changed_since(configuration, later) == {tmp_path / name.split("/")[0]}


def test_the_time_of_a_file_that_was_changed_and_put_back_is_another_whatever_tools_set(context: Path) -> None:
    file = context / "src/a.ts"
    before, status = digests.change_times(context, Ignore()), file.stat()
    assert {path.name for path in before} == {"a.ts", "b.ts", "c.ts"}
    while file.stat().st_ctime_ns == status.st_ctime_ns:
        file.write_text("other")
    file.write_text("src/a.ts")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    after = digests.change_times(context, Ignore())
    assert {path for path, _ in before.items() ^ after.items()} == {file}
