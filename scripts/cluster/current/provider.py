"""The cluster of a kube context that is known to be local, or allowed by the user. Its product starts and stops it."""

from __future__ import annotations

import sys
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from scripts.cluster import api, guard, host_tools, tunnel
from scripts.cluster.current import images
from scripts.cluster.kubeconfig import Context
from scripts.cluster.kubeconfig import read as read_kubeconfig
from scripts.cluster.node_urls import NodeUrls
from scripts.cluster.provider import ClusterStatus
from scripts.core import versions
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import Runner
from scripts.docker.engine import Engine
from scripts.docker.route import ImageRoute

# What starts and stops the clusters of a product; {} is the cluster's name.
OWN_COMMANDS = {
    "minikube": ("minikube start --profile {}", "minikube stop --profile {}", "minikube delete --profile {}"),
    "kind": ("docker start {}-control-plane", "docker stop {}-control-plane", "kind delete cluster --name {}"),
    "k3d": ("k3d cluster start {}", "k3d cluster stop {}", "k3d cluster delete {}"),
}


# The container that is the first node of a product's cluster.
NODES = {"kind": "{}-control-plane", "k3d": "k3d-{}-server-0"}


class Current:
    """See Provider. Without a context named: the one in use."""

    def __init__(self, runner: Runner, context: str = "") -> None:
        self._runner = runner
        self._wanted = context
        self._route: ImageRoute | None = None
        self._node_urls = NodeUrls(self._find_url)

    @property
    def name(self) -> str:
        return self.context

    @cached_property
    def context(self) -> str:
        return self._wanted or read_kubeconfig().current

    def available(self) -> str | None:
        try:
            known = read_kubeconfig()
        except UserError as error:
            return error.what
        if not self.context:
            return f"no context is in use in kubeconfig {known.source}"
        context = known.contexts.get(self.context)
        if context is None:
            return f"kubeconfig {known.source} has no context {self.context}"
        if reason := guard.refusal(context):
            return f"{reason} ({guard.how_to_allow(context)})"
        return self._left_over(context)

    def _left_over(self, context: Context) -> str | None:
        """That the cluster of a context does not exist any more, for the products whose nodes are containers. One that
        is only stopped is started by a person; nothing is known of it where Docker does not answer."""
        node = NODES.get(guard.product(context), "").format(context.cluster.partition("-")[2])
        if not node or tunnel.answers(urlsplit(context.server).port or 443):
            return None
        try:
            exists = Engine().containers.find(node)
        except UserError:
            return None
        return None if exists else f"context {context.name} is left over: its node, container {node}, does not exist"

    def start(self, steps: Steps) -> None:
        """Only check that it runs: its product starts it."""
        self._node_urls.forget()
        with steps.step(f"Ask cluster {self.name} for its version"):
            versions.KUBERNETES.check(self._version(), "upgrade the cluster, or choose another with --cluster")

    def stop(self) -> None:
        raise self._not_ours("stopped", 1)

    def delete(self) -> None:
        raise self._not_ours("deleted", 2)

    def status(self) -> ClusterStatus:
        self._context()
        try:
            version = self._version()
        except UserError as error:
            return ClusterStatus(self.name, "stopped", str(error))
        return ClusterStatus(self.name, "running", f"context {self.context}, Kubernetes {version}")

    def takes_images(self) -> bool:
        return self.status().state == "running"

    def kubeconfig(self) -> Path:
        return self._context().path

    def bin_dir(self) -> Path | None:
        return host_tools.folder(self._runner)

    def node_url(self, port: int) -> str:
        return self._node_urls.get(port)

    def _find_url(self, port: int) -> str:
        """Where the product publishes NodePorts, else at the node's address, or a tunnel where that is out of reach."""
        product, cluster = self._product(), self._cluster()
        if product in ("docker-desktop", "rancher-desktop", "orbstack"):
            return f"http://127.0.0.1:{port}"
        published = {"kind": f"{cluster}-control-plane", "k3d": f"k3d-{cluster}-serverlb"}.get(product)
        if published:
            container = Engine().containers.find(published)
            if container and port in container.ports:
                return f"http://127.0.0.1:{container.ports[port]}"
        if published and sys.platform != "linux":
            return f"http://127.0.0.1:{self._forward(port)}"
        return f"http://{self._node_address()}:{port}"

    def image_route(self) -> ImageRoute:
        if self._route is None:
            self._route = images.route(self._runner, api.connect(self), self.name, self._product(), self._cluster())
        return self._route

    def _context(self) -> Context:
        """The context, if it may be touched: nothing here asks the cluster anything before this."""
        known = read_kubeconfig()
        context = known.contexts.get(self.context)
        if context is None:
            fix = f"choose one of: {', '.join(known.contexts) or 'none is there'}"
            raise UserError(f"kubeconfig {known.source} has no context {self.context or 'in use'}", fix)
        guard.check(context)
        return context

    def _product(self) -> str:
        return guard.product(self._context())

    def _cluster(self) -> str:
        """The cluster's name as its product knows it."""
        name = self._context().cluster
        return name.partition("-")[2] if self._product() in ("kind", "k3d") else name

    def _version(self) -> str:
        try:
            found = api.connect(self).call(f"ask cluster {self.name} for its version", "GET", "/version")
        except UserError as error:
            commands = OWN_COMMANDS.get(self._product())
            how = f"start it, as: {commands[0].format(self._cluster())}" if commands else "start it"
            raise UserError(f"{error.what}, at {self._context().address}", how) from None
        return str(found["gitVersion"])

    def _not_ours(self, done: str, command: int) -> UserError:
        commands = OWN_COMMANDS.get(self._product())
        how = commands[command].format(self._cluster()) if commands else "the program that made it"
        return UserError(f"cluster {self.name} was not made by ./dev and is not {done} by it", f"use: {how}")

    def _node_address(self) -> str:
        found = reversed(api.nodes(api.connect(self), self.name))
        addresses = {item["type"]: item["address"] for node in found for item in node["status"].get("addresses") or ()}
        address = addresses.get("ExternalIP") or addresses.get("InternalIP")
        if not address:
            fix = f"see: kubectl --context {self.context} get nodes"
            raise UserError(f"the nodes of cluster {self.name} have no address", fix)
        return str(address)

    def _forward(self, port: int) -> int:
        namespace, service = api.service_of(self, port)
        # Not --kubeconfig, which takes one file: the context may be put together from several.
        kubectl = ["env", f"KUBECONFIG={self.kubeconfig()}", "kubectl", "--context", self.context]
        argv = [*kubectl, "--namespace", namespace, "port-forward", f"service/{service}", f":{port}"]
        return tunnel.ensure(self._runner, self.context, f"node-port-{port}", argv)
