"""How images get into Minikube: built in its own Docker engine, else pushed to its registry addon; never loaded."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from scripts.cluster import local_registry, tunnel
from scripts.cluster.minikube.profile import Profile
from scripts.core import versions
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import CommandFailed, Runner
from scripts.docker import registry
from scripts.docker.engine import Engine
from scripts.docker.route import ImageRoute

if TYPE_CHECKING:
    from scripts.kube.api import Kube

ENGINE_VARIABLES = ("DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "MINIKUBE_ACTIVE_DOCKERD")
# What the first of these was before: by it Minikube, run with them (as by Tilt), finds the engine that its node is in.
BEFORE = "MINIKUBE_EXISTING_"
ADDON, ADDON_PORT = "registry", 5000
# As the addon's proxy serves it on every node.
FROM_RUNTIME = f"localhost:{ADDON_PORT}"
ANSWER_SECONDS = 120


def has_engine(profile: Profile) -> bool:
    """Whether the cluster runs the images of one Docker engine that builds can be sent to."""
    return profile.runtime == "docker" and profile.nodes == 1


def prepare(runner: Runner, profile: Profile, connect: Callable[[], Kube], steps: Steps) -> None:
    """Set up what `route` needs: without a Docker engine, the registry addon, announced in the cluster."""
    if has_engine(profile):
        return
    _refuse_other_runtimes(profile)
    kube = connect()
    announced = local_registry.find(kube)
    if announced and not announced.ours and not registry.problem(announced.host):
        return
    if ADDON not in profile.addons:
        with steps.step(f"Enable Minikube's {ADDON} addon in profile {profile.name}") as step:
            argv = ["minikube", "addons", "enable", ADDON, "--profile", profile.name]
            try:
                runner.run(argv, on_line=step.note)
            except CommandFailed as failed:
                raise UserError(
                    f"Minikube's {ADDON} addon could not be enabled: {failed.result.last_line()}",
                    f"to see why, run: {' '.join(argv)}",
                ) from None
            step.note("")
    host = _addon_host(runner, profile)
    _wait_for(host)
    if announced != local_registry.Announced(host, FROM_RUNTIME, ours=True):
        local_registry.announce(kube, host, FROM_RUNTIME)


def route(profile: Profile, connect: Callable[[], Kube], ask: Callable[..., str]) -> ImageRoute:
    """Where images go, by evidence, and verified. Changes nothing. `ask` runs `minikube WORD…` for the profile."""
    if has_engine(profile):
        return _engine_route(profile, ask)
    _refuse_other_runtimes(profile)
    announced = local_registry.find(connect())
    kind = f"the {profile.runtime} runtime" if profile.nodes == 1 else f"{profile.nodes} nodes"
    fix = "run: ./dev cluster up"
    if announced is None:
        raise UserError(f"Minikube with {kind} needs a registry for images, and announces none", fix)
    registry.check(announced.host, fix)
    why = f"{kind}, so by the registry {'addon' if announced.ours else 'it announces'}"
    return ImageRoute("registry", announced.host, announced.from_runtime, by_host_only=True, why=why)


def _engine_route(profile: Profile, ask: Callable[..., str]) -> ImageRoute:
    if profile.driver == "none":
        return ImageRoute("docker-env", why="driver none: the cluster runs the images of this machine's Docker engine")
    try:
        output = ask("docker-env", "--shell", "none", "--output", "json")
    except CommandFailed as failed:
        raise UserError(
            f"Minikube does not print how to reach its Docker engine: {failed.result.last_line()}",
            f"to see why, run: minikube --profile {profile.name} docker-env",
        ) from None
    env = parse_engine(output)
    try:
        version = Engine(env).facts.version
    except UserError as error:
        fix = f"see: minikube --profile {profile.name} ssh -- sudo journalctl -u docker"
        raise UserError(f"Minikube's own engine: {error.what}", fix) from None
    versions.DOCKER.check(version, f"create the profile again: minikube delete --profile {profile.name}")
    return ImageRoute("docker-env", env=env, why="docker runtime, one node: built in Minikube's own Docker engine")


def parse_engine(text: str) -> dict[str, str]:
    """What docker needs to reach the engine, and Minikube to look past it, from `minikube docker-env --output json`."""
    for line in text.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and found.get("DOCKER_HOST"):
            wanted = [name for name in found if name in ENGINE_VARIABLES or name.startswith(BEFORE)]
            return {name: found[name] for name in wanted if found[name]}
    raise UserError("Minikube does not print where its Docker engine is", "to see why, run: minikube docker-env")


def _addon_host(runner: Runner, profile: Profile) -> str:
    """The registry addon as this machine reaches it.

    On 127.0.0.1 for every driver, as Docker pushes without TLS to nowhere else: Minikube publishes the port of its
    containers there, and machines get a tunnel.
    """
    if profile.driver in ("docker", "podman"):
        return f"127.0.0.1:{_published(runner, profile)}"
    if profile.driver == "none":
        return f"127.0.0.1:{ADDON_PORT}"
    forward = ["port-forward", "--namespace", "kube-system", f"service/{ADDON}", ":80"]
    argv = ["minikube", "--profile", profile.name, "kubectl", "--", *forward]
    return f"127.0.0.1:{tunnel.ensure(runner, profile.name, ADDON, argv)}"


def _published(runner: Runner, profile: Profile) -> str:
    """The port of this machine that the container which is Minikube's node publishes for the addon."""
    port = ""
    if profile.driver == "docker":
        container = Engine().containers.find(profile.name)
        port = str(container.ports.get(ADDON_PORT, "")) if container else ""
    else:
        argv = ["podman", "port", profile.name, f"{ADDON_PORT}/tcp"]
        asked = runner.run(argv, check=False)
        if asked.returncode != 0 and runner.which("sudo"):
            # On Linux, Minikube runs Podman as root unless told otherwise, and a user does not see root's containers.
            asked = runner.run(["sudo", "-n", *argv], check=False)
        listed = asked.stdout.splitlines()
        port = next((line.rpartition(":")[2] for line in listed if not line.startswith("[")), "")
    if not port:
        raise UserError(
            f"container {profile.name} does not publish port {ADDON_PORT}",
            f"create the profile again: minikube delete --profile {profile.name}",
        )
    return port


def _wait_for(host: str) -> None:
    deadline = time.monotonic() + ANSWER_SECONDS
    while reason := registry.problem(host):
        if time.monotonic() > deadline:
            raise UserError(
                f"Minikube's registry addon at {host} does not answer: {reason}",
                "see: kubectl get pods --namespace kube-system --selector kubernetes.io/minikube-addons=registry",
            )
        time.sleep(0.5)


def _refuse_other_runtimes(profile: Profile) -> None:
    if profile.runtime not in ("docker", "containerd"):
        raise UserError(
            f"Minikube's profile {profile.name} has the {profile.runtime} runtime, which wants TLS of a registry",
            "use another: minikube start --profile todo --container-runtime containerd, then --cluster todo",
        )
