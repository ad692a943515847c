"""Runs the checks, all of them even if one fails, with the tools that they need."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scripts import node_packages
from scripts.cluster.embedded import node_binaries
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Runner
from scripts.lint import tree
from scripts.lint.checks import Tools, checks


def run(runner: Runner, show: Callable[[str], None], record: Callable[[str, str | None], None]) -> None:
    """Run all checks. `show` gets each line of their output, `record` each check and the output of one that failed."""
    for check in checks(ROOT, tree.by_kind(ROOT, tree.files(runner, ROOT)), find_tools(runner, show)):
        show(f"$ {check}")
        result = runner.run(check.argv, cwd=ROOT / check.where, env=check.env, check=False, on_line=show)
        record(str(check), None if result.returncode == 0 else result.stdout)


def find_tools(runner: Runner, show: Callable[[str], None]) -> Tools:
    """The tools, installed or compiled where they are missing."""
    node = node_packages.ensure(runner, show)
    go = node_binaries.find_go(runner, (Path(__file__).parent / "workflows" / "go.mod").read_text())
    with Steps().step("Find helm, or compile it with the cluster's programs") as step:
        helm = node_binaries.ensure(runner, step) / "helm"
    return Tools(node.program, node.npm, node.env, go, str(Path(go).parent / "gofmt"), str(helm))
