"""`./dev pictures`: takes the pictures in the documents, or one of every view of the app and of the loop's page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.docker import prepare


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--all", type=Path, metavar="FOLDER",
        help="instead of those in docs/: every view, wide and narrow, light and dark, into this folder",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    runner = Subprocess()
    prepare.chromium(runner, Steps())
    folder = []
    if args.all:
        args.all.mkdir(parents=True, exist_ok=True)
        folder = [str(args.all.resolve())]
    # What the pages show is made up by the tests, which look at the same.
    argv = [sys.executable, "-m", "tests.pictures", *folder]
    return runner.run(argv, cwd=ROOT, check=False, on_line=print).returncode
