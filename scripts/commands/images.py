"""`./dev images`: builds the production images and delivers them to a cluster or registry, for Helm.

Each has two tags: the chart's default, and one of its content, which the printed command uses.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from scripts import sbom
from scripts.bases import base_images
from scripts.bases.base_images import DATABASE, BaseImages
from scripts.cluster import select
from scripts.core import versions
from scripts.core.errors import UserError
from scripts.core.parallel import run_together
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Runner, Subprocess
from scripts.docker import prepare
from scripts.docker.delivery import deliver, push
from scripts.docker.engine import Engine
from scripts.docker.images import split
from scripts.docker.route import ImageRoute
from scripts.images import CHART, build, exact_name, version
from scripts.services import SERVICES, Service
from scripts.stack import NAMESPACE, RELEASE


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--push", metavar="REGISTRY", help="push to host[:port][/path] instead of a local cluster")
    parser.add_argument("--sbom", metavar="FOLDER", type=Path, help="also write what each image contains (CycloneDX)")
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider or kube context (default: auto)")


def run(args: argparse.Namespace) -> int:
    runner, steps = Subprocess(), Steps()
    if args.push:
        command = push_all(runner, args.push, steps, args.sbom)
    else:
        command = deliver_all(runner, args.cluster, steps, args.sbom)
    if problem := helm_problem(runner):
        print(f"warning: {problem}", file=sys.stderr)
    print(" ".join(command))
    return 0


def push_all(runner: Runner, registry: str, steps: Steps, sbom_folder: Path | None = None) -> list[str]:
    """Push all images, the database's too, to a registry; returns the helm command that deploys from there."""
    registry = registry.rstrip("/")
    if "://" in registry or not registry:
        raise UserError(f"{registry!r} is not a registry", "give it as host[:port][/path], without a scheme")
    engine = prepare.docker(runner, steps)
    bases = base_images.ensure(runner, engine, steps)
    built = build_all(runner, engine, bases, steps, prefix=f"{registry}/")
    if sbom_folder:
        sbom.write_all(runner, engine, built, sbom_folder, steps)
    exact = {service: exact_name(engine, name) for service, name in built.items()}
    for service, name in built.items():
        for each in (name, exact[service]):
            push(engine, name, each, steps)
    push(engine, bases.names["postgres"], f"{registry}/{DATABASE}", steps)
    return helm_command(registry, exact)


def deliver_all(runner: Runner, cluster: str | None, steps: Steps, sbom_folder: Path | None = None) -> list[str]:
    """Deliver all images to the cluster; returns the helm command that deploys them."""
    provider, why = select.choose(cluster, runner, lambda _: prepare.docker(runner, steps))
    steps.log(f"Cluster: {provider.name} ({why})")
    status = provider.status()
    if status.state != "running":
        raise UserError(f"cluster {provider.name} is {status.state}", "start it with: ./dev cluster up")
    provider.start(steps)  # it runs, but may lack its registry still
    route = provider.image_route()
    steps.log(f"Images: {route.kind} ({route.why})")
    engine = prepare.docker(runner, steps, env=route.env)
    bases = base_images.ensure(runner, engine, steps)
    built = build_all(runner, engine, bases, steps)
    if sbom_folder:
        sbom.write_all(runner, engine, built, sbom_folder, steps)
    exact = {service: exact_name(engine, name) for service, name in built.items()}
    for service, name in built.items():
        for each in (name, exact[service]):
            deliver(runner, engine, route, name, each, steps)
    _deliver_database(runner, engine, route, bases, steps)
    return helm_command(route.pull_host if route.by_host_only else "", exact, provider.context)


def build_all(runner: Runner, engine: Engine, bases: BaseImages, steps: Steps, prefix: str = "") -> dict[Service, str]:
    """Build the final stage of every image, named with `prefix` and the chart's default tag; returns the names."""
    names = {service: f"{prefix}{service.image}:{version()}" for service in SERVICES}
    final = partial(build, runner, engine, bases=bases, steps=steps, target="final")
    run_together(*(partial(final, service=service, tag=name) for service, name in names.items()))
    return names


def _deliver_database(runner: Runner, engine: Engine, route: ImageRoute, bases: BaseImages, steps: Steps) -> None:
    """If all image names get the registry as a prefix, the database's image must be in that registry too."""
    if route.by_host_only:
        deliver(runner, engine, route, bases.names["postgres"], DATABASE, steps)
    else:
        base_images.publish_database(runner, engine, route, bases, steps)


def helm_command(registry: str, names: Mapping[Service, str], context: str = "") -> list[str]:
    """The command that installs or upgrades the release with images of these names, and keeps the values given before
    except those that would win over the names; `registry` is "" if the chart's own image names work. With a context it
    goes to that cluster, whichever is in use; images in a registry may be for one that this machine does not know."""
    command = ["helm", "upgrade", "--install", RELEASE, str(CHART.relative_to(ROOT)), "-n", NAMESPACE]
    command += ["--create-namespace", "--reset-then-reuse-values"]
    command += ["--kube-context", context] if context else []
    values = []
    for service, name in names.items():
        image = f"{service.values}.image"
        values.append(f"{image}.tag={split(name)[1]},{image}.digest=,{image}.registry=")
    values.append(f"global.imageRegistry={registry}")
    return [*command, *(word for value in values for word in ("--set", value))]


def helm_problem(runner: Runner) -> str:
    """Why the printed command may not work with the helm on PATH; "" if it does."""
    if runner.which("helm") is None:
        oldest = versions.dotted(versions.HELM.oldest)
        return f'helm is not on PATH; for that of ./dev run: eval "$(./dev env)", or install Helm {oldest} or newer'
    return versions.HELM.problem(runner.run(["helm", "version", "--template", "{{.Version}}"], check=False).stdout)
