"""The cluster: which one is used, how images get there, and whether its pods resolve names."""

from __future__ import annotations

from scripts.cluster import api, select
from scripts.cluster.provider import Provider
from scripts.core.errors import UserError
from scripts.core.runner import Runner
from scripts.docker import registry
from scripts.doctor.finding import Finding, ok, problem, skipped, warning
from scripts.stack import NAMESPACE, OF_RELEASE
from scripts.workloads import COMPONENT

NAME = "kubernetes.default.svc.cluster.local"
RESOLVE = ("python", "-c", f"import socket; print(socket.getaddrinfo({NAME!r}, 443)[0][4][0])")
SECONDS = 20


def cluster(runner: Runner, name: str | None) -> list[Finding]:
    """Nothing is started or changed."""
    embedded: list[Provider] = []
    try:
        provider, why = select.choose(name, runner, embedded.append)
    except UserError as error:
        # ./dev up may install Docker: the finding on Docker says whether it can.
        found = warning if embedded and runner.which("docker") is None else problem
        return [found("cluster", error.what, error.fix)]
    status = provider.status()
    if status.state == "broken":
        return [problem("cluster", f"{provider.name}: {status.detail}", "run: ./dev cluster up")]
    if status.state != "running":
        return [skipped("cluster", f"{provider.name} ({why}) is {status.state}; ./dev up starts it")]
    return [ok("cluster", f"{provider.name} ({why}), {status.detail}"), route(provider), names(provider)]


def route(provider: Provider) -> Finding:
    """How an image that is built here gets to the cluster."""
    try:
        found = provider.image_route()
    except UserError as error:
        return problem("images", error.what, error.fix)
    if found.kind == "registry" and (reason := registry.problem(found.push_host)):
        what = f"the registry {found.push_host} does not answer from this machine: {reason}"
        return problem("images", what, "run: ./dev cluster up")
    return ok("images", f"{found.kind}: {found.why}")


def names(provider: Provider) -> Finding:
    """Whether a pod of the MCP server resolves a name of the cluster: it runs also where names are not resolved, as it
    waits for no other service."""
    from scripts.kube.api import collection

    try:
        kube = api.connect(provider)
        query = {"labelSelector": f"{OF_RELEASE},{COMPONENT}=mcp-server"}
        pods = kube.call("list the pods of the MCP server", "GET", collection("v1", "pods", NAMESPACE), query=query)
    except UserError as error:
        return problem("names", error.what, error.fix)
    running = (
        (pod["metadata"]["name"], status["name"])
        for pod in pods["items"]
        for status in pod.get("status", {}).get("containerStatuses", ())
        if "running" in status.get("state", {})
    )
    pod, container = next(running, ("", ""))
    if not pod:
        return skipped("names", "no pod of the MCP server runs that could ask; ./dev up starts one")
    asked = kube.execute(NAMESPACE, pod, container, RESOLVE, timeout=SECONDS)
    if asked.status == 0:
        return ok("names", f"a pod resolves {NAME} to {asked.stdout.strip()}")
    said = (asked.stderr.strip().splitlines() or ["no answer"])[-1]
    if asked.status == -1:  # the container has ended, or the API server has
        return skipped("names", f"pod {pod} could not be asked: {said}")
    return problem("names", f"pod {pod} cannot resolve {NAME}: {said}", "run: ./dev cluster stop, then ./dev up")
