"""`./dev images`: the final stages, built and put where a cluster pulls them, for an operator's `helm install`."""

from __future__ import annotations

import argparse
import sys
from functools import partial

from scripts.bases import base_images
from scripts.bases.base_images import DATABASE, BaseImages
from scripts.cluster import select, versions
from scripts.cluster.provider import ImageRoute
from scripts.core.errors import UserError
from scripts.core.parallel import run_together
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Runner, Subprocess
from scripts.docker import prepare
from scripts.docker.delivery import InEngine, deliver, push
from scripts.images import CHART, build, version
from scripts.services import SERVICES
from scripts.stack import NAMESPACE, RELEASE


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--push", metavar="REGISTRY", help="push to host[:port][/path] instead, for any cluster")
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider or kube context (default: auto)")


def run(args: argparse.Namespace) -> int:
    runner, steps = Subprocess(), Steps()
    command = push_all(runner, args.push, steps) if args.push else deliver_all(runner, args.cluster, steps)
    if problem := helm_problem(runner):
        print(f"warning: {problem}", file=sys.stderr)
    print(" ".join(command))
    return 0


def push_all(runner: Runner, registry: str, steps: Steps) -> list[str]:
    """All images of the stack in a registry, the database's too; returns the helm command that installs from there."""
    registry = registry.rstrip("/")
    if "://" in registry or not registry:
        raise UserError(f"{registry or 'nothing'} is no registry", "name it as host[:port][/path], without a scheme")
    cli = prepare.docker(runner, steps, check_space=False).cli
    bases = base_images.ensure(runner, cli, steps)
    for tag in build_all(runner, cli, bases, steps, prefix=f"{registry}/"):
        push(runner, cli, tag, tag, steps)
    push(runner, cli, bases.names["postgres"], f"{registry}/{DATABASE}", steps)
    return helm_command(registry)


def deliver_all(runner: Runner, cluster: str | None, steps: Steps) -> list[str]:
    """All images where the cluster pulls them; returns the helm command that installs from there."""
    provider, why = select.choose(cluster, runner, lambda: prepare.docker(runner, steps, check_space=False))
    steps.log(f"Cluster: {provider.name} ({why})")
    status = provider.status()
    if status.state != "running":
        raise UserError(f"cluster {provider.name} is {status.state}", "start it with: ./dev cluster up")
    provider.start(steps)  # it runs, but its way for images may still have to be made
    route = provider.image_route()
    steps.log(f"Images: {route.kind} ({route.why})")
    there = InEngine(runner, route.env)
    cli = prepare.docker(there, steps, check_space=False).cli
    bases = base_images.ensure(there, cli, steps)
    for name in build_all(there, cli, bases, steps):
        deliver(there, cli, route, name, name, steps)
    _deliver_database(there, cli, route, bases, steps)
    return helm_command(route.pull_host if route.by_host_only else "")


def build_all(runner: Runner, cli: str, bases: BaseImages, steps: Steps, prefix: str = "") -> list[str]:
    """The final stages of all images, under their names with `prefix` before them, which are returned."""
    tags = {service: f"{prefix}{service.image}:{version()}" for service in SERVICES}
    final = partial(build, runner, cli, bases=bases, steps=steps, target="final")
    run_together(*(partial(final, service=service, tag=tag) for service, tag in tags.items()))
    return list(tags.values())


def _deliver_database(runner: Runner, cli: str, route: ImageRoute, bases: BaseImages, steps: Steps) -> None:
    """Where all images get the registry's name, the official one must be there as well."""
    if route.by_host_only:
        deliver(runner, cli, route, bases.names["postgres"], DATABASE, steps)
    else:
        base_images.publish_database(runner, cli, route, bases, steps)


def helm_command(registry: str) -> list[str]:
    """What an operator runs next; `registry` is "" where the chart's own image names do."""
    command = ["helm", "install", RELEASE, str(CHART.relative_to(ROOT)), "-n", NAMESPACE, "--create-namespace"]
    return [*command, "--set", f"global.imageRegistry={registry}"] if registry else command


def helm_problem(runner: Runner) -> str:
    """Why the helm on PATH may not do; "" where it does, or where none is."""
    if runner.which("helm") is None:
        return ""
    return versions.HELM.problem(runner.run(["helm", "version", "--template", "{{.Version}}"], check=False).stdout)
