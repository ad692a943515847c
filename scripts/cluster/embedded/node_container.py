"""The container that is the embedded node: how it is run, how it stands and what has to happen to it."""

from __future__ import annotations

import hashlib
import json
import re
import socket
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Literal

from scripts.core.errors import UserError
from scripts.core.ports import port_from_env
from scripts.core.runner import Runner

NAME = "todo-embedded"
VOLUME = f"{NAME}-var"
SPEC_LABEL = "todo-stack.spec"

# Pods, Services and the node itself; see node/rootfs/etc/todo-node/addresses.
INSIDE_NETWORKS = (ip_network("10.244.0.0/24"), ip_network("10.96.0.0/20"), ip_network("10.244.255.1/32"))

Action = Literal["create", "recreate", "start", "nothing"]


@dataclass(frozen=True)
class Ports:
    """What is published on 127.0.0.1; every port has the same number inside."""

    api: int = 6443
    registry: int = 5005
    first_node_port: int = 30300
    last_node_port: int = 30319

    @classmethod
    def from_env(cls) -> Ports:
        return cls(
            api=port_from_env("TODO_API_PORT", cls.api), registry=port_from_env("TODO_REGISTRY_PORT", cls.registry)
        )

    def all(self) -> list[int]:
        return [self.api, self.registry, *range(self.first_node_port, self.last_node_port + 1)]


@dataclass(frozen=True)
class Container:
    """The container as Docker has it: `state` is Docker's word, `spec` the hash of the argv it was made with."""

    state: str
    spec: str


def run_argv(image: str, ports: Ports) -> list[str]:
    """`docker run` for the node.

    Every capability that the host itself may lack is left out of `--privileged`, so this starts where that cannot.
    """
    options = [
        *("--name", NAME, "--hostname", NAME, "--network", NAME, "--restart", "unless-stopped"),
        *("--cgroupns", "private", "--cap-add", "ALL", "--cap-drop", "SYS_RESOURCE"),
        *("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"),
        *("--security-opt", "systempaths=unconfined", "--security-opt", "label=disable"),
        *("--device-cgroup-rule", "a *:* rwm", "--device", "/dev/kmsg"),
        # Not below overlayfs, which cannot be stacked: containerd's own lies in /var.
        *("--tmpfs", "/run", "--tmpfs", "/tmp", "--volume", f"{VOLUME}:/var"),
        *("--volume", "/lib/modules:/lib/modules:ro"),
        *("--env", f"TODO_API_PORT={ports.api}", "--env", f"TODO_REGISTRY_PORT={ports.registry}"),
        *("--publish", f"127.0.0.1:{ports.api}:{ports.api}"),
        *("--publish", f"127.0.0.1:{ports.registry}:{ports.registry}"),
        *("--publish", f"127.0.0.1:{_span(ports)}:{_span(ports)}"),
    ]
    spec = hashlib.sha256("\0".join([*options, image]).encode()).hexdigest()[:12]
    return ["docker", "run", "--detach", "--label", f"{SPEC_LABEL}={spec}", *options, image]


def _span(ports: Ports) -> str:
    return f"{ports.first_node_port}-{ports.last_node_port}"


def spec_of(argv: list[str]) -> str:
    return argv[argv.index("--label") + 1].removeprefix(f"{SPEC_LABEL}=")


def inspect(runner: Runner) -> Container | None:
    result = runner.run(["docker", "container", "inspect", NAME], check=False)
    if result.returncode != 0:
        if "no such container" in result.stderr.lower():
            return None
        raise UserError(f"Docker cannot tell of container {NAME}: {result.last_line()}", "start Docker")
    (found,) = json.loads(result.stdout)
    return Container(found["State"]["Status"], (found["Config"]["Labels"] or {}).get(SPEC_LABEL, ""))


def decide(container: Container | None, wanted_spec: str) -> Action:
    """What brings the container to running with the spec wanted. Making it anew loses nothing: the volume has all."""
    if container is None:
        return "create"
    if container.spec != wanted_spec:
        return "recreate"
    if container.state == "running":
        return "nothing"
    # Created: its start failed. Restarting, paused, dead: whatever it was, it does not serve.
    return "start" if container.state == "exited" else "recreate"


def ensure(runner: Runner, image: str, ports: Ports) -> Action:
    """Bring the container to running. Returns what had to be done."""
    argv = run_argv(image, ports)
    action = decide(inspect(runner), spec_of(argv))
    if action == "recreate":
        remove(runner)
    if action != "nothing":
        check_ports(runner, ports)
    if action == "start":
        runner.run(["docker", "start", NAME])
    elif action != "nothing":
        ensure_network(runner)
        runner.run(argv)
    return action


def ensure_network(runner: Runner) -> None:
    """The node's own Docker network: only on one of these does Docker's resolver follow the host's."""
    if runner.run(["docker", "network", "inspect", NAME], check=False).returncode != 0:
        runner.run(["docker", "network", "create", NAME])
    subnets = "{{range .IPAM.Config}}{{.Subnet}} {{end}}"
    for given in runner.run(["docker", "network", "inspect", "--format", subnets, NAME]).stdout.split():
        outside = ip_network(given)
        for inside in INSIDE_NETWORKS:
            if outside.version == inside.version and outside.overlaps(inside):
                runner.run(["docker", "network", "rm", NAME], check=False)
                raise UserError(
                    f"Docker gave network {NAME} the addresses {given}, of which the cluster itself uses {inside}",
                    "set default-address-pools in /etc/docker/daemon.json to another range and restart Docker",
                )


def remove(runner: Runner) -> None:
    runner.run(["docker", "container", "rm", "--force", NAME], check=False)


def delete(runner: Runner) -> None:
    """Remove the container, its data and its network; nothing happens where they are not."""
    remove(runner)
    for kind, name in (("volume", VOLUME), ("network", NAME)):
        if runner.run(["docker", kind, "inspect", name], check=False).returncode == 0:
            runner.run(["docker", kind, "rm", name])


def check_ports(runner: Runner, ports: Ports) -> None:
    """Raise UserError for the first port that someone else has, naming the holder where it can be known."""
    for port in ports.all():
        if is_free(port):
            continue
        variable = {ports.api: "TODO_API_PORT", ports.registry: "TODO_REGISTRY_PORT"}.get(port)
        fix = "stop it" + (f", or choose another port with {variable}" if variable else "")
        raise UserError(f"port 127.0.0.1:{port} is in use by {_holder(runner, port)}", fix)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As Docker's proxy does: connections in TIME_WAIT from before are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _holder(runner: Runner, port: int) -> str:
    by_docker = runner.run(["docker", "ps", "--filter", f"publish={port}", "--format", "{{.Names}}"], check=False)
    if name := by_docker.stdout.strip():
        return f"container {name}"
    if runner.which("ss"):
        listening = runner.run(["ss", "-Hltnp", f"sport = :{port}"], check=False).stdout
        if match := re.search(r'\("([^"]+)",pid=(\d+)', listening):
            return f"{match[1]} (pid {match[2]})"
    return "another program"
