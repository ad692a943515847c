"""The table of checks: which tool reads which files, by which command."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.lint.tree import yaml_files

# The folder that programs called by name are installed in: that of the Python environment.
BIN = Path(sys.executable).parent
# Not published as a package for arm64 Linux: there the machine's own is used.
SHELLCHECK = str(BIN / "shellcheck") if (BIN / "shellcheck").exists() else "shellcheck"
NODE_ROOT = "scripts/cluster/embedded/node/rootfs"
CHART = "charts/todo-stack"


@dataclass(frozen=True)
class Check:
    """A command that exits with 0 if the files are right; `where` is its folder in the checkout."""

    argv: tuple[str, ...]
    where: str = "."
    env: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """The command as it is shown, without the folders of the programs and with the first of many files."""
        words = [word.rpartition("/")[2] if word.startswith("/") else word for word in self.argv]
        shown = " ".join(words[:6]) + (f" … ({len(words) - 6} more)" if len(words) > 6 else "")
        return f"{shown}  (in {self.where})"


@dataclass(frozen=True)
class Tools:
    """The programs that are no Python package: Node.js with its environment, npm's library, Go, gofmt and Helm."""

    node: str
    npm: tuple[str, ...]
    node_env: Mapping[str, str]
    go: str
    gofmt: str
    helm: str


def checks(root: Path, found: dict[str, list[str]], tools: Tools) -> Iterator[Check]:
    """All checks of the tree at `root`, whose files are given by kind; the quick ones first."""
    yield from text_checks(root, found)
    yield Check((tools.gofmt, "-d", *found["go"]))
    workflows = tuple(str(root / path) for path in found["workflow"])
    shellcheck = f"-shellcheck={SHELLCHECK}"
    actionlint = (tools.go, "tool", "actionlint", shellcheck, "-pyflakes=", *workflows)
    go_env = {"GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    yield Check(actionlint, "scripts/lint/workflows", go_env)
    yield Check((tools.helm, "lint", "--strict", "--quiet", CHART))
    yield Check((tools.helm, "lint", "--strict", "--quiet", CHART, "--values", f"{CHART}/values-dev.yaml"))
    modules = f"{root}/frontend/node_modules"
    yield Check((tools.node, f"{modules}/markdownlint-cli2/markdownlint-cli2-bin.mjs", *found["markdown"]))
    eslint = (tools.node, f"{modules}/eslint/bin/eslint.js", "--max-warnings=0")
    # A configuration that is named applies below the folder that ESLint is called in, not below its own.
    yield Check((*eslint, "--config", "frontend/eslint.page.config.js", *found["javascript"]))
    yield Check((*tools.npm, "run", "check"), "frontend", tools.node_env)
    for where in (".", "backend", "mcp_server"):
        yield Check((sys.executable, "-m", "mypy"), where)


def text_checks(root: Path, found: dict[str, list[str]]) -> Iterator[Check]:
    """The checks by programs of the Python environment that take the files of one language each."""
    yield Check((sys.executable, "-m", "ruff", "check", "."))
    yield Check((sys.executable, "-m", "ruff", "format", "--check", "."))
    yield Check((str(BIN / "vulture"),))
    # The scripts of the node name files by their place in its image.
    yield Check((SHELLCHECK, "--external-sources", f"--source-path={NODE_ROOT}", *found["shell"]))
    yield Check((str(BIN / "yamllint"), "--strict", *yaml_files(found)))
    yield Check((str(BIN / "hadolint"), "--failure-threshold=style", *found["dockerfile"]))
