"""`./dev up`: brings up the cluster and the stack from whatever is installed, then runs the loop."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from scripts import images, stack, tilt
from scripts.bases import base_images
from scripts.cluster import api, host_tools, select
from scripts.cluster.embedded import space
from scripts.cluster.embedded.provider import Embedded
from scripts.cluster.provider import Provider
from scripts.commands import reset_database
from scripts.core import versions
from scripts.core.errors import UserError
from scripts.core.parallel import run_together
from scripts.core.paths import ROOT
from scripts.core.ports import PAGE_PORT
from scripts.core.progress import Steps, preparation_seconds
from scripts.core.runner import Runner, Subprocess
from scripts.docker import prepare
from scripts.docker.engine import Engine
from scripts.revision import KnownSources
from scripts.services import SERVICES, by_image

if TYPE_CHECKING:
    from scripts.engine import Image


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="exit when everything is served, instead of watching")
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")
    parser.add_argument(
        "--engine",
        choices=("auto", "tilt", "embedded"),
        default="auto",
        help="what runs the Tiltfile; auto: Tilt if it is on PATH, else embedded",
    )


def run(args: argparse.Namespace) -> int:
    runner, steps = Subprocess(), Steps(earlier=preparation_seconds())
    watch = not args.once and sys.stdout.isatty()
    program = find_tilt(runner) if args.engine == "tilt" or (args.engine == "auto" and runner.which("tilt")) else ""
    if tilt.answers() and "mcp-server" in (tilt.states(runner) or {"mcp-server": ""}):
        raise UserError(f"Tilt already runs this stack, see http://localhost:{PAGE_PORT}", "use it, or stop it first")
    if watch and not program:
        check_page_port()
    local_docker = cache(lambda: prepare.docker(runner, steps, check_space=space.check))

    def prepare_embedded(provider: Embedded) -> None:
        provider.compile_ahead(steps)
        local_docker()
        provider.check_node_port(stack.FRONTEND_NODE_PORT)  # before minutes of work, not after

    provider, why = select.choose(args.cluster, runner, prepare_embedded)
    steps.log(f"Cluster: {provider.name} ({why})")
    engine = bring_up(runner, provider, local_docker, steps)
    route = provider.image_route()
    steps.log(f"Images: {route.kind} ({route.why})")
    os.environ["KUBECONFIG"] = str(provider.kubeconfig())
    os.environ["TODO_CLUSTER"] = provider.name  # for the ./dev commands in the Tiltfile
    if tools := provider.bin_dir():
        os.environ["PATH"] = f"{tools}{os.pathsep}{os.environ['PATH']}"
    if program:
        os.environ.update(route.env)  # Tilt must build in the same Docker engine
        return hand_over(program, watch=watch, context=provider.context)
    from scripts.engine import PageCommand, Settings
    from scripts.engine import run as run_engine

    settings = Settings(
        root=ROOT,
        namespace=stack.NAMESPACE,
        lease=stack.LEASE,
        manager=stack.FIELD_MANAGER,
        node_port=stack.FRONTEND_NODE_PORT,
        sources_of=sources_of,
        commands=(
            PageCommand("demo-data", ("./dev", "demo-data"), "adds a demo account with some tasks"),
            PageCommand(
                "reset-database", ("./dev", "reset-database", "--yes"),
                "deletes all data, and migrates the database again", asks=reset_database.question(provider.name),
            ),
        ),
    )  # fmt: skip
    return run_engine(settings, provider, api.connect(provider), once=not watch, steps=steps, docker=engine)


def sources_of(image: Image) -> KnownSources | None:
    """None for an image that is none of the stack's."""
    service = by_image(image.ref)
    return KnownSources(image.context, service.sources) if service else None


def bring_up(runner: Runner, provider: Provider, local_docker: Callable[[], Engine], steps: Steps) -> Engine:
    """Start the cluster and have the base images; returns the engine to build with."""

    def prepare_images() -> None:
        bases = base_images.ensure(runner, engine, steps)
        # The build by the Tiltfile reports a broken Dockerfile again, and the loop waits for the fix.
        with suppress(UserError):
            images.warm(runner, engine, bases, steps)

    if isinstance(provider, Embedded):
        engine = local_docker()
        if provider.takes_images():  # then it only has to be asked: too short for builds, which the Tiltfile repeats
            from scripts.engine import load

            run_together(lambda: provider.start(steps), load)
        else:
            run_together(lambda: provider.start(steps), prepare_images)
    else:
        host_tools.require_helm(runner)
        # Only a running cluster knows which Docker engine its images are built in.
        provider.start(steps)
        engine = prepare.docker(runner, steps, env=provider.image_route().env)
        prepare_images()
    bases = base_images.ensure(runner, engine, steps)
    base_images.publish_database(runner, engine, provider.image_route(), bases, steps)
    return engine


def check_page_port() -> None:
    """Raise UserError if a Tilt of another stack has the port: before minutes of work, not after."""
    from scripts import engine

    if tilt.answers(port := engine.page_port()):
        raise UserError(f"port {port} is in use by Tilt, for another stack", "stop it, or set TODO_PAGE_PORT")


def find_tilt(runner: Runner) -> str:
    """The path of Tilt. Raises UserError if its version does not work, before minutes are spent on a cluster."""
    program = runner.which("tilt")
    if program is None:
        raise UserError("tilt is not installed", "install it, see https://docs.tilt.dev, or use --engine embedded")
    versions.TILT.check(runner.run([program, "version"]).stdout, "upgrade Tilt, or use --engine embedded")
    return program


def tilt_command(program: str, *, watch: bool, context: str) -> list[str]:
    """The arguments for Tilt. To serve the stack once they name the services, and Tilt adds what those depend on: a
    plain `tilt ci` also runs the end-to-end tests, which the embedded engine does not."""
    arguments = ["up"] if watch else ["ci", *(service.component for service in SERVICES)]
    return [program, *arguments, "--context", context]


def hand_over(program: str, *, watch: bool, context: str) -> int:
    """Replace this process by Tilt, with the same Tiltfile."""
    argv = tilt_command(program, watch=watch, context=context)
    print(f"Handing over to Tilt: {shlex.join(argv)}", file=sys.stderr, flush=True)
    os.chdir(ROOT)
    os.execv(program, argv)
