"""Lint reads every file of the tree that is written in a language, and each of its tools finds a mistake."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from scripts import node_packages
from scripts.cluster.embedded import node_binaries
from scripts.core.paths import ROOT
from scripts.core.runner import Subprocess
from scripts.lint import run, tree
from scripts.lint.checks import Check, Tools, checks
from tests.chart.helm import find_helm

CONFIGURATION = (
    ".markdownlint-cli2.jsonc", ".yamllint", "frontend/eslint.config.js", "frontend/eslint.page.config.js",
    "frontend/package.json", "frontend/tsconfig.json", "scripts/lint/workflows/go.mod", "scripts/lint/workflows/go.sum",
)  # fmt: skip

# What no check reads, and who would notice a mistake in it.
ELSEWHERE = {
    r".*requirements[\w-]*\.(in|txt)|.*/go\.(mod|sum)": "the installers, by hashes",
    r"(.*/)?pyproject\.toml|.*/alembic\.ini|frontend/\.npmrc|\.markdownlint-cli2\.jsonc": "the tools they configure",
    r".*/rootfs/etc/todo-node/[\w./-]+": "the programs of the node; `addresses` is read by the scripts that include it",
    r"(.*/)?\.(git|docker|tilt)\w+|\.env\.example": "lists and examples, compared with their use by tests",
    r"Tiltfile": "the engine's Starlark, in every test of the loop",
    r".*\.(css|html|svg|png)": "the browser",
    r"\.editorconfig|\.(devcontainer|vscode)/.*": "editors, and tests/unit/docs/test_settings.py",
    r"LICENSE": "nothing: the text of the licence",
    r".*\.mako|.*/corpus\.txt": "the tests of the backend",
    r"tests/releases/.*": "nothing: frozen",
    r"tests/install/.*\.dump": "tests/install/test_backup.py, which restores it",
}

WORKFLOW = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ github.nothing }}\n"
CHART = "apiVersion: v2\nname: todo-stack\nversion: not a version\n"
# A file with a mistake, and a word of the report: a rule's name where it has one.
MISTAKES = [
    (".ci/run", "#!/bin/bash\necho $1\n", "SC2086"),
    ("scripts/a.sh", "#!/bin/sh\n[[ -e x ]]\n", "SC3010"),
    ("a.yaml", "a: 1\na: 2\n", "key-duplicates"),
    ("a.yaml", "a: [1\n", "syntax error"),
    (".github/workflows/ci.yml", WORKFLOW, 'property "nothing" is not defined'),
    (".github/workflows/ci.yml", WORKFLOW.replace("${{ github.nothing }}", "$HOME/*.txt"), "SC2086"),
    ("a/Dockerfile", "FROM debian\nCOPY . .\n", "DL3006"),
    ("a/Dockerfile", "FROM debian:13\nRUN cd / && sudo ls\n", "DL3004"),
    ("a/Dockerfile", "FROM debian:13\nRUN ls `pwd`\n", "SC2006"),
    ("a.md", "# A\n\n[b](c.md)\n", 'should exist in the file system'),
    ("a.md", "# A\n\n[b](b.md#no-such)\n", "should have a valid fragment identifier"),
    ("a.md", "# A\n\n[b](#no-such)\n", "MD051"),
    ("page/app.js", "nothing();\n", "no-undef"),
    ("frontend/src/a.ts", "export const count: number = 'one';\n", "TS2322"),
    ("frontend/src/a.ts", "Promise.resolve(1);\n", "no-floating-promises"),
    ("a.go", "package a\nfunc  a() {}\n", "-func  a"),
    ("charts/todo-stack/Chart.yaml", CHART, "version"),
]  # fmt: skip


@pytest.fixture(scope="module")
def tools() -> Tools:
    node = node_packages.ensure(Subprocess(), print)
    go = node_binaries.find_go(Subprocess(), (ROOT / "scripts/lint/workflows/go.mod").read_text())
    try:
        helm = find_helm()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    return Tools(node.program, node.npm, node.env, go, str(Path(go).parent / "gofmt"), helm)


def copy_configuration(root: Path) -> None:
    for name in CONFIGURATION:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    (root / "frontend/node_modules").symlink_to(ROOT / "frontend/node_modules")


def reading(path: str, all_checks: list[Check], root: Path) -> list[Check]:
    """The checks that are called with this file, or for the chart or the frontend that it is part of."""
    names = {path, str(root / path), "charts/todo-stack"} if path.startswith("charts/") else {path, str(root / path)}
    where = "frontend" if tree.kind(path, b"") == "frontend" else None
    return [check for check in all_checks if check.where == where or names & set(check.argv)]


@pytest.mark.parametrize(("path", "text", "word"), MISTAKES, ids=[f"{path} {word}" for path, _, word in MISTAKES])
def test_a_mistake_is_found(path: str, text: str, word: str, tmp_path: Path, tools: Tools) -> None:
    copy_configuration(tmp_path)
    for name, content in (("b.md", "# B\n"), (path, text)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    found = tree.by_kind(tmp_path, ["b.md", path])
    said = ""
    for check in reading(path, list(checks(tmp_path, found, tools)), tmp_path):
        result = Subprocess().run(check.argv, cwd=tmp_path / check.where, env=check.env, check=False)
        said += result.stdout + result.stderr if result.returncode else ""
    assert word in said


def test_every_file_is_read_by_a_check_or_named_with_who_notices_a_mistake_in_it(tools: Tools) -> None:
    found = tree.by_kind(ROOT, tree.files(Subprocess(), ROOT))
    every = list(checks(ROOT, found, tools))
    whole = [("python", (sys.executable, "-m", "ruff", "check", ".")), ("frontend", (*tools.npm, "run", "check"))]
    assert all(argv in [check.argv for check in every] for _, argv in whole)
    named = {kind for kind, _ in whole}
    unread = [path for kind in found.keys() - named for path in found[kind] if not reading(path, every, ROOT)]
    assert [path for path in unread if not any(re.fullmatch(pattern, path) for pattern in ELSEWHERE)] == []


def test_a_tool_that_is_missing_fails_its_check_and_no_other(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    two = [Check(("no-such-tool", "b.sh")), Check(("true",))]
    monkeypatch.setattr(run, "checks", lambda *_: two)
    monkeypatch.setattr(run, "find_tools", lambda *_: tools)
    found: dict[str, str | None] = {}
    run.run(Subprocess(), lambda line: None, found.__setitem__)
    missing, other = found.values()
    assert missing and missing.startswith("error: no-such-tool is not installed") and other is None


def test_a_script_is_known_by_its_first_line() -> None:
    assert tree.kind("dev", b"#!/bin/sh\n") == "shell"
    assert tree.kind(".ci/run", b"#!/usr/bin/env bash\n") == "shell"
    assert tree.kind("dev", b"#!/usr/bin/env python3\n") == ""


def test_a_file_that_is_not_added_yet_is_checked_and_one_that_is_ignored_is_not(tmp_path: Path) -> None:
    Subprocess().run(["git", "init", "-q", str(tmp_path)])
    for name, text in {".gitignore": "b.md\n", "a.md": "", "b.md": ""}.items():
        (tmp_path / name).write_text(text)
    assert tree.files(Subprocess(), tmp_path) == [".gitignore", "a.md"]
