"""The whole app on this machine without a cluster: the built page and its server, backend, MCP server and PostgreSQL.

It is for what looks at the app in a browser. Everything has a free port and an empty database of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from scripts import node_packages
from scripts.core.background import background
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Runner
from scripts.docker import prepare

BACKEND = ROOT / "backend"


@dataclass(frozen=True)
class LocalApp:
    """`url`: with the rule-based assistant; `repeating_url`: the same users and tasks, with a model that repeats what
    it gets."""

    url: str
    repeating_url: str


@contextmanager
def running(runner: Runner, steps: Steps) -> Iterator[LocalApp]:
    """Build the page, and serve it with all that it needs."""
    prepare.postgres(runner, steps)
    node = node_packages.ensure(runner, steps.log)
    with ExitStack() as stack:
        backends = stack.enter_context(background([sys.executable, "tests/serve.py"], BACKEND, python_path()))
        with steps.step("Build the page"):
            runner.run([*node.npm, "run", "build"], cwd=node_packages.HOME, env=node.env)
        urls = backends.until("backend")

        def frontend(backend: str) -> str:
            env = {"PORT": "0", "TODO_BACKEND_URL": backend, "TODO_MCP_URL": urls["mcp"]}
            server = stack.enter_context(background([node.program, "server/main.mjs"], node_packages.HOME, env))
            return f"http://127.0.0.1:{server.until('port')['port']}"

        yield LocalApp(frontend(urls["backend"]), frontend(urls["repeating_backend"]))


def python_path() -> dict[str, str]:
    """What backend/tests/serve.py imports, beside its own folder."""
    return {"PYTHONPATH": os.pathsep.join([str(BACKEND), str(ROOT / "mcp_server")])}
