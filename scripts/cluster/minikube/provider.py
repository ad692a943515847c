"""Minikube, the cluster this project is made for: any driver, the docker and containerd runtimes."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.cluster import api, guard, host_tools, tunnel
from scripts.cluster.kubeconfig import Context
from scripts.cluster.kubeconfig import read as read_kubeconfig
from scripts.cluster.minikube import images
from scripts.cluster.minikube.profile import (
    DEFAULT,
    DISK_FULL,
    Profile,
    order,
    parse_profiles,
    parse_status,
    start_failure,
)
from scripts.cluster.node_urls import NodeUrls
from scripts.cluster.provider import ClusterStatus
from scripts.core import versions
from scripts.core.errors import NotStarted, UserError
from scripts.core.progress import Steps
from scripts.core.runner import Runner
from scripts.docker.route import ImageRoute

if TYPE_CHECKING:
    from scripts.kube.api import Kube


class Minikube:
    """See Provider. Without a profile named: the one that runs, else the active one, else Minikube's default."""

    def __init__(self, runner: Runner, profile: str = "") -> None:
        self._runner = runner
        self._wanted = profile
        self._route: ImageRoute | None = None
        self._node_urls = NodeUrls(self._find_url)

    @property
    def name(self) -> str:
        return self.context

    @cached_property
    def context(self) -> str:
        """Minikube names context, cluster and user by the profile."""
        if self._wanted:
            return self._wanted
        profiles = order(self._profiles(), read_kubeconfig().current)
        running = (profile for profile in profiles if self._state(profile.name).state == "running")
        chosen = next(running, next((profile for profile in profiles if profile.active), None))
        return chosen.name if chosen else DEFAULT

    def available(self) -> str | None:
        if self._runner.which("minikube") is None:
            return "minikube is not installed"
        try:
            version = self._runner.run(["minikube", "version", "--short"], check=False, timeout=30)
        except NotStarted as error:
            return error.what
        if version.returncode != 0:
            return f"minikube does not work: {version.last_line()}"
        return versions.MINIKUBE.problem(version.stdout) or None

    def start(self, steps: Steps) -> None:
        self._node_urls.forget()
        profile = self._profile()
        if profile is not None:
            self._check_kubernetes(profile)
        found = self._state(self.context)
        if found.detail == DISK_FULL:
            raise UserError(
                f"the disk of Minikube's profile {self.context} is full",
                f"free some with: minikube --profile {self.context} ssh -- docker system prune (or crictl rmi --prune)",
            )
        if found.state != "running":
            self._start(steps)
        profile = self._profile() or Profile(self.context)
        self._check_kubernetes(profile)
        images.prepare(self._runner, profile, self._connect, steps)

    def _start(self, steps: Steps) -> None:
        name, known = self.context, read_kubeconfig()
        argv = ["minikube", "start", "--profile", name, "--interactive=false"]
        if known.current not in ("", name):
            argv.append("--keep-context")
            steps.log(f"Minikube adds context {name} to your kubeconfig; {known.current} stays the one in use")
        with steps.step(f"Start Minikube (profile {name})") as step:
            result = self._runner.run(argv, check=False, on_line=step.note)
            if result.returncode != 0:
                raise UserError(*start_failure(result, name))
            step.note("")
        after = self.status()
        if after.state != "running":
            raise UserError(
                f"Minikube says that it started profile {name}, but {after.detail or after.state}",
                f"see: minikube logs --profile {name}; to begin again: minikube delete --profile {name}",
            )

    def stop(self) -> None:
        self._node_urls.forget()
        tunnel.close_all(self.context)
        self._runner.run(["minikube", "stop", "--profile", self.context])

    def delete(self) -> None:
        self._node_urls.forget()
        tunnel.close_all(self.context)
        self._runner.run(["minikube", "delete", "--profile", self.context])

    def status(self) -> ClusterStatus:
        found = self._state(self.context)
        if found.state == "running":
            profile = self._profile() or Profile(self.context)
            facts = f"driver {profile.driver}, {profile.runtime} runtime, Kubernetes {profile.kubernetes}"
            return ClusterStatus(self.name, "running", f"context {self.context}, {facts}")
        return ClusterStatus(self.name, found.state, f"{found.detail}; start it with: ./dev cluster up")

    def takes_images(self) -> bool:
        return self._state(self.context).state == "running"

    def kubeconfig(self) -> Path:
        return self._context().path

    def bin_dir(self) -> Path | None:
        return host_tools.folder(self._runner)

    def node_url(self, port: int) -> str:
        return self._node_urls.get(port)

    def _find_url(self, port: int) -> str:
        """By the node's address; through `minikube service` where the driver keeps that from this machine."""
        if not guard.is_this_machine(self._context().host):
            return f"http://{self.ask('ip')}:{port}"
        profile = self._profile() or Profile(self.context)
        if profile.driver == "none":
            return f"http://127.0.0.1:{port}"
        if profile.driver not in ("docker", "podman"):
            raise UserError(
                f"NodePorts of Minikube's driver {profile.driver} cannot be reached on this network",
                "make the profile with another, as: minikube start --driver qemu --network socket_vmnet",
            )
        namespace, service = api.service_of(self, port)
        argv = ["minikube", "--profile", self.context, "service", service, "--namespace", namespace, "--url"]
        return f"http://127.0.0.1:{tunnel.ensure(self._runner, self.context, f'node-port-{port}', argv)}"

    def image_route(self) -> ImageRoute:
        if self._route is None:
            profile = self._profile()
            if profile is None:
                raise UserError(f"Minikube has no profile {self.context}", "run: ./dev cluster up")
            self._route = images.route(profile, self._connect, self.ask)
        return self._route

    def _connect(self) -> Kube:
        return api.connect(self)

    def ask(self, *words: str) -> str:
        """What `minikube WORDS` prints for this profile, without the newline."""
        return self._runner.run(["minikube", "--profile", self.context, *words]).stdout.strip()

    def node_exec(self, *argv: str) -> str:
        """Run a program on the node and return what it printed."""
        return self._runner.run(["minikube", "--profile", self.context, "ssh", "--", *argv]).stdout

    def exists(self) -> bool:
        return self._profile() is not None

    def _profiles(self) -> list[Profile]:
        # Without --light Minikube logs in to every node of every profile.
        argv = ["minikube", "profile", "list", "--light", "--output", "json"]
        return parse_profiles(self._runner.run(argv, check=False, timeout=60).stdout)

    def _profile(self) -> Profile | None:
        return next((profile for profile in self._profiles() if profile.name == self.context), None)

    def _state(self, profile: str) -> ClusterStatus:
        argv = ["minikube", "status", "--profile", profile, "--output", "json"]
        state, detail = parse_status(self._runner.run(argv, check=False, timeout=60))
        return ClusterStatus(profile, state, detail)

    def _context(self) -> Context:
        """The context, proven to lead to this machine."""
        found = read_kubeconfig()
        context = found.contexts.get(self.context)
        if context is None:
            raise UserError(
                f"kubeconfig {found.source} has no context {self.context}",
                f"run: ./dev cluster up, or where it runs: minikube update-context --profile {self.context}",
            )
        guard.check(context)
        return context

    def _check_kubernetes(self, profile: Profile) -> None:
        if profile.kubernetes:
            versions.KUBERNETES.check(
                profile.kubernetes,
                f"upgrade it with: minikube start --profile {profile.name} --kubernetes-version stable",
            )
