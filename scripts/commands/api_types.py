"""`./dev api-types`: writes the types of the page's requests and answers, from the backend's OpenAPI document."""

from __future__ import annotations

import argparse
import sys

from scripts import node_packages
from scripts.core.paths import ROOT
from scripts.core.runner import Runner, Subprocess
from scripts.node_packages import Node

FILE = node_packages.HOME / "src/api/schema.d.ts"
HEADER = "// Written by ./dev api-types from the backend's OpenAPI document; a test compares the two.\n"
# The application is put together but not started, so it needs no database and no real key.
DOCUMENT = """
import json
from app.application import create_app
from app.settings import Settings
settings = Settings.load(database_url="postgresql://nobody@nowhere/none", jwt_keys="none:" + "-" * 32)
print(json.dumps(create_app(settings).openapi()))
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """No options."""


def run(args: argparse.Namespace) -> int:
    runner = Subprocess()
    FILE.write_text(types_of(runner, node_packages.ensure(runner, print), document(runner)))
    print(f"written: {FILE.relative_to(ROOT)}")
    return 0


def document(runner: Runner) -> str:
    """The OpenAPI document of this checkout's backend, as JSON."""
    return runner.run([sys.executable, "-c", DOCUMENT], cwd=ROOT / "backend").stdout


def types_of(runner: Runner, node: Node, document: str) -> str:
    """The content of FILE for an OpenAPI document."""
    program = str(node_packages.HOME / "node_modules/openapi-typescript/bin/cli.js")
    # A field that has a default may be left out of a request.
    argv = [node.program, program, "--default-non-nullable=false"]
    return HEADER + runner.run(argv, input=document, cwd=node_packages.HOME, env=node.env).stdout
