"""`./dev lint-tiltfile`: finds live updates of the Tiltfile that could not work; called by the Tiltfile itself."""

from __future__ import annotations

import argparse
import sys

from scripts import tiltfile_sketch
from scripts.tiltfile import lint
from scripts.tiltfile.sketch import sketch


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Find live updates of the Tiltfile that could not work: a trigger outside all syncs or in the container, a "
        "sync that .dockerignore hides, a lockfile that is neither in fall_back_on nor a trigger. The Tiltfile calls "
        "it before the first build."
    )


def run(args: argparse.Namespace) -> int:
    """1 if there is a mistake. What cannot be read here is for the engine that evaluates it to judge."""
    declared, unread = sketch(tiltfile_sketch.TILTFILE, tiltfile_sketch.ANSWERS)
    if unread:
        print(f"warning: live updates are linted only up to here: {unread}", file=sys.stderr)
    found = [
        f"error: {declared.image_places[ref]}: live_update of {ref}: {problem}"
        for ref, image in declared.images.items()
        for problem in lint.problems(image)
    ]
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0
