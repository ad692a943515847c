"""`./dev up`: from whatever the machine has to a running stack, and then the loop."""

from __future__ import annotations

import argparse
import os
import sys

from scripts import base_images, images, prepare
from scripts.cluster import select
from scripts.cluster.provider import Provider
from scripts.core.parallel import run_together
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Runner, Subprocess


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="return when all is served, instead of watching")
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")
    parser.add_argument(
        "--engine",
        choices=("auto", "tilt", "embedded"),
        default="auto",
        help="what runs the Tiltfile: Tilt where it is on PATH (auto), or ours",
    )


def run(args: argparse.Namespace) -> int:
    runner, steps = Subprocess(), Steps()
    engine = prepare.docker(runner, steps, check_space=True)
    provider, why = select.choose(args.cluster, runner)
    steps.say(f"Cluster: {provider.name} ({why})")
    if provider.name == "embedded":
        prepare.install(runner, prepare.missing_packages(runner, prepare.ROOTFS), steps)
    bring_up(runner, engine.cli, provider, steps)
    os.environ["KUBECONFIG"] = str(provider.kubeconfig())
    if tools := provider.bin_dir():
        os.environ["PATH"] = f"{tools}{os.pathsep}{os.environ['PATH']}"
    tilt = runner.which("tilt")
    if args.engine == "tilt" or (args.engine == "auto" and tilt):
        return hand_over(tilt or "tilt", once=args.once, context=provider.context)
    from scripts.engine import session

    watch = not args.once and sys.stdout.isatty()
    return session.run(provider, once=not watch, steps=steps)


def bring_up(runner: Runner, cli: str, provider: Provider, steps: Steps) -> None:
    """The cluster and, beside it, all images that do not need one."""

    def prepare_images() -> base_images.BaseImages:
        bases = base_images.ensure(runner, cli, steps)
        images.warm(runner, cli, bases, steps)
        return bases

    run_together(lambda: provider.start(steps), prepare_images)
    base_images.publish_database(runner, cli, provider, base_images.ensure(runner, cli, steps), steps)


def hand_over(tilt: str, *, once: bool, context: str) -> int:
    """Tilt takes the place of this process, with the same Tiltfile."""
    argv = [tilt, "ci" if once else "up", "--context", context]
    print(f"Handing over to Tilt: {' '.join(argv)}", file=sys.stderr, flush=True)
    os.chdir(ROOT)
    os.execv(tilt, argv)
