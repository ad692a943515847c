"""Runs the checks, one for each processor at a time and all of them even if one fails, with the tools they need."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scripts import node_packages
from scripts.cluster.embedded import node_binaries
from scripts.core.errors import NotStarted
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Result, Runner
from scripts.lint import tree
from scripts.lint.checks import Check, Tools, checks


def run(runner: Runner, show: Callable[[str], None], record: Callable[[str, str | None], None]) -> None:
    """Run all checks. `show` gets the lines of each when it has ended, `record` each and the output of a failed one."""

    def one(check: Check) -> tuple[Result, list[str]]:
        lines: list[str] = []
        try:
            result = runner.run(check.argv, cwd=ROOT / check.where, env=check.env, check=False, on_line=lines.append)
        except NotStarted as error:
            return Result(check.argv, 1, f"error: {error}", ""), [f"error: {error}"]
        return result, lines

    found = list(checks(ROOT, tree.by_kind(ROOT, tree.files(runner, ROOT)), find_tools(runner, show)))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for check, (result, lines) in zip(found, pool.map(one, found), strict=True):
            for line in (f"$ {check}", *lines):
                show(line)
            record(str(check), None if result.returncode == 0 else result.stdout)


def find_tools(runner: Runner, show: Callable[[str], None]) -> Tools:
    """The tools, installed or compiled where they are missing."""
    node = node_packages.ensure(runner, show)
    go = node_binaries.find_go(runner, (Path(__file__).parent / "workflows" / "go.mod").read_text())
    with Steps().step("Find helm, or compile it with the cluster's programs") as step:
        helm = node_binaries.ensure(runner, step) / "helm"
    return Tools(node.program, node.npm, node.env, go, str(Path(go).parent / "gofmt"), str(helm))
