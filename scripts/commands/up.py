"""`./dev up`: brings up the cluster and the stack from whatever is installed, then runs the loop."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from scripts import images, stack, tilt
from scripts.bases import base_images
from scripts.cluster import api, host_tools, select
from scripts.cluster.embedded import space
from scripts.cluster.embedded.provider import Embedded
from scripts.cluster.provider import Provider, environment
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
    from scripts.engine import Ended, Image, Settings


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--once", action="store_true", help="exit when everything is served, instead of watching, as without a terminal"
    )
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")
    parser.add_argument(
        "--engine",
        choices=("auto", "tilt", "embedded"),
        default="auto",
        help="what runs the Tiltfile; auto: Tilt if it is on PATH, else embedded",
    )
    configure_settings(parser)


def configure_settings(parser: argparse.ArgumentParser) -> None:
    """The options that are settings of the Tiltfile."""
    parser.add_argument("--services", metavar="A,B", help="start only these services; the others by their button")
    parser.add_argument("--prod-images", action="store_true", help="run the production images, without live updates")
    parser.add_argument("--debug", action="store_true", help="let debuggers attach: ports 5678, 5679 and 9229")


def settings_of(args: argparse.Namespace) -> list[str]:
    """These options as the Tiltfile takes them. Raises UserError for a service that does not exist."""
    known = [service.component for service in SERVICES]
    names = [name.strip() for name in (args.services or "").split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise UserError(f"there is no service {name!r}", f"choose from: {', '.join(known)}")
    services = [f"--services={','.join(names)}"] if names else []
    flags = {"--prod-images": args.prod_images, "--debug": args.debug}
    return [*services, *(flag for flag, is_set in flags.items() if is_set)]


def run(args: argparse.Namespace) -> int:
    runner, steps = Subprocess(), Steps(earlier=preparation_seconds())
    arguments = settings_of(args)
    watch = not args.once and sys.stdout.isatty()
    program = find_tilt(runner) if args.engine == "tilt" or (args.engine == "auto" and runner.which("tilt")) else ""
    refuse_beside_tilt(runner)
    if not watch and not args.once:
        steps.log("no terminal: ends when everything is served, as --once does")
    if watch and not program:
        check_page_port()
    provider, engine = prepare_stack(runner, args.cluster, steps)
    if program:
        os.environ.update(provider.image_route().env)  # Tilt must build in the same Docker engine
        return hand_over(program, arguments, watch=watch, context=provider.context)
    from scripts.engine import run as run_engine

    settings = engine_settings(arguments, on_end=lambda ended: show_failures(ended, steps))
    return run_engine(settings, provider, api.connect(provider), once=not watch, steps=steps, docker=engine)


def refuse_beside_tilt(runner: Runner) -> None:
    """Raise UserError if Tilt runs this stack."""
    if tilt.runs_this_stack(runner):
        raise UserError(f"Tilt already runs this stack, see http://localhost:{PAGE_PORT}", "use it, or stop it first")


def prepare_stack(runner: Runner, cluster: str | None, steps: Steps) -> tuple[Provider, Engine]:
    """A cluster that runs, and the engine to build with; this process's environment leads to both."""
    local_docker = cache(lambda: prepare.docker(runner, steps, check_space=space.check))

    def prepare_embedded(provider: Embedded) -> None:
        provider.compile_ahead(steps)
        local_docker()
        provider.check_node_port(stack.FRONTEND_NODE_PORT)  # before minutes of work, not after

    provider, why = select.choose(cluster, runner, prepare_embedded)
    steps.log(f"Cluster: {provider.name} ({why})")
    engine = bring_up(runner, provider, local_docker, steps)
    route = provider.image_route()
    steps.log(f"Images: {route.kind} ({route.why})")
    os.environ.update(environment(provider))
    os.environ["TODO_CLUSTER"] = provider.name  # for the ./dev commands in the Tiltfile
    return provider, engine


def engine_settings(arguments: Sequence[str], on_end: Callable[[Ended], object], subcommand: str = "up") -> Settings:
    from scripts.engine import Settings

    return Settings(
        root=ROOT,
        namespace=stack.NAMESPACE,
        lease=stack.LEASE,
        manager=stack.FIELD_MANAGER,
        node_port=stack.FRONTEND_NODE_PORT,
        sources_of=sources_of,
        subcommand=subcommand,
        arguments=tuple(arguments),
        on_end=on_end,
    )


def show_failures(ended: Ended, steps: Steps) -> None:
    """Of each resource that is not green the end of its log; then the reasons."""
    for name, lines in ended.logs.items():
        for line in lines:
            steps.log(f"{name:>12} │ {line}")
    for name, detail in ended.errors:
        steps.log(f"error: {name}: {detail}")


def sources_of(image: Image) -> KnownSources | None:
    """None for an image that is none of the stack's. The loop asks whenever it meets one."""
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


def tilt_command(program: str, arguments: Sequence[str], *, watch: bool, context: str) -> list[str]:
    """The arguments for Tilt. To serve the stack once they name the services: a plain `tilt ci` also runs the
    end-to-end tests, which `./dev up --once` does not."""
    settings = list(arguments)
    if not watch and not any(word.startswith("--services") for word in settings):
        settings.append(f"--services={','.join(service.component for service in SERVICES)}")
    own = ["--", *settings] if settings else []
    return [program, "up" if watch else "ci", "--context", context, *own]


def hand_over(program: str, arguments: Sequence[str], *, watch: bool, context: str) -> int:
    """Replace this process by Tilt, with the same Tiltfile."""
    argv = tilt_command(program, arguments, watch=watch, context=context)
    print(f"Handing over to Tilt: {shlex.join(argv)}", file=sys.stderr, flush=True)
    os.chdir(ROOT)
    os.execv(program, argv)
