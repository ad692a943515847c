"""The container that is the embedded node: its configuration, and what brings it to running."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, Literal

from scripts.core.errors import UserError
from scripts.core.fingerprint import fingerprint
from scripts.core.ports import holder, port_from_env
from scripts.core.runner import Runner
from scripts.docker.containers import Container, Containers

# Another name is another cluster beside it, which needs other ports too: TODO_API_PORT, TODO_REGISTRY_PORT and
# TODO_FIRST_NODE_PORT.
USUAL_NAME = "todo-embedded"
NAME = os.environ.get("TODO_NODE_NAME") or USUAL_NAME
VOLUME = f"{NAME}-var"
# A cache, so it outlives the cluster as the images in Docker do: the next cluster is not sent them again.
IMAGES_VOLUME = f"{NAME}-images"
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
    node_ports: int = 20

    @classmethod
    def of(cls, container: Container | None) -> Ports:
        """Those that a container was made with; by default those of a new one."""
        env = container.env if container else {}
        return cls(
            int(env.get("TODO_API_PORT", cls.api)),
            int(env.get("TODO_REGISTRY_PORT", cls.registry)),
            int(env.get("TODO_FIRST_NODE_PORT", cls.first_node_port)),
        )

    @classmethod
    def wanted(cls, container: Container | None) -> Ports:
        """What the environment of this process asks for; what it leaves open stays as the container has it."""
        made = cls.of(container)
        return cls(
            port_from_env("TODO_API_PORT", made.api),
            port_from_env("TODO_REGISTRY_PORT", made.registry),
            port_from_env("TODO_FIRST_NODE_PORT", made.first_node_port),
        )

    @property
    def last_node_port(self) -> int:
        return self.first_node_port + self.node_ports - 1

    @property
    def node_port_range(self) -> range:
        return range(self.first_node_port, self.last_node_port + 1)

    def all(self) -> list[int]:
        return [self.api, self.registry, *self.node_port_range]


def config(image: str, ports: Ports) -> dict[str, Any]:
    """The node as the Engine API's ContainerCreate takes it, with a label that changes with all the rest.

    Every capability that the host itself may lack is left out of `--privileged`, so this starts where that cannot.
    """
    published = {f"{port}/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}] for port in ports.all()}
    host = {
        "NetworkMode": NAME,
        "RestartPolicy": {"Name": "unless-stopped"},
        "CgroupnsMode": "private",
        "CapAdd": ["ALL"],
        "CapDrop": ["SYS_RESOURCE"],
        "SecurityOpt": ["seccomp=unconfined", "apparmor=unconfined", "label=disable"],
        # What the CLI calls systempaths=unconfined.
        "MaskedPaths": [],
        "ReadonlyPaths": [],
        "DeviceCgroupRules": ["a *:* rwm"],
        "Devices": [{"PathOnHost": "/dev/kmsg", "PathInContainer": "/dev/kmsg", "CgroupPermissions": "rwm"}],
        # Not below overlayfs, which cannot be stacked: containerd's own lies in /var.
        "Tmpfs": {"/run": "", "/tmp": ""},
        "Binds": [f"{VOLUME}:/var", f"{IMAGES_VOLUME}:/var/lib/todo-node/images", "/lib/modules:/lib/modules:ro"],
        "PortBindings": published,
    }
    made: dict[str, Any] = {
        "Image": image,
        # The node's name in the API, which reaches the kubelet by it: see rootfs/etc/todo-node/addresses.
        "Hostname": USUAL_NAME,
        "Env": [
            f"TODO_API_PORT={ports.api}",
            f"TODO_REGISTRY_PORT={ports.registry}",
            f"TODO_FIRST_NODE_PORT={ports.first_node_port}",
        ],
        "ExposedPorts": {port: {} for port in published},
        "HostConfig": host,
    }
    return {**made, "Labels": {SPEC_LABEL: fingerprint([json.dumps(made, sort_keys=True)])}}


def decide(container: Container | None, wanted_spec: str) -> Action:
    """What brings the container to running with the wanted spec. Recreating it loses nothing: the volume has all."""
    if container is None:
        return "create"
    if container.labels.get(SPEC_LABEL) != wanted_spec:
        return "recreate"
    if container.state == "running":
        return "nothing"
    # Created: its start failed. Restarting, paused, dead: whatever it was, it does not serve.
    return "start" if container.state == "exited" else "recreate"


def ensure(runner: Runner, containers: Containers, image: str, ports: Ports, used_by: Callable[[], str]) -> Action:
    """Bring the container to running. Returns what had to be done. Raises UserError if that would replace a container
    in which a loop works; `used_by` names that loop, "" for none."""
    container = containers.find(NAME)
    wanted = config(image, ports)
    action = decide(container, wanted["Labels"][SPEC_LABEL])
    if action == "recreate" and container and container.state == "running" and (loop := used_by()):
        made = Ports.of(container)
        same = (made.api, made.registry, made.first_node_port) == (ports.api, ports.registry, ports.first_node_port)
        why = "from another version of its image" if same else "on other ports"
        raise UserError(
            f"the embedded cluster would have to start again {why}, but a loop works on it: {loop}",
            "stop that loop by Ctrl+C, then run this again",
        )
    if action == "recreate":
        containers.remove(NAME)
    if action != "nothing":
        check_ports(runner, containers, ports)
    if action == "start":
        containers.start(NAME)
    elif action != "nothing":
        ensure_network(containers)
        containers.run(NAME, wanted)
    return action


def ensure_network(containers: Containers) -> None:
    """The node's own Docker network: only on one of these does Docker's resolver follow the host's."""
    for given in containers.ensure_network(NAME):
        outside = ip_network(given)
        for inside in INSIDE_NETWORKS:
            if outside.version == inside.version and outside.overlaps(inside):
                containers.remove_network(NAME)
                raise UserError(
                    f"Docker gave network {NAME} the addresses {given}, of which the cluster itself uses {inside}",
                    "set default-address-pools in /etc/docker/daemon.json to another range and restart Docker",
                )


def delete(containers: Containers) -> None:
    """Remove the container, its data and its network; what does not exist is no error."""
    containers.remove(NAME)
    containers.remove_volume(VOLUME)
    containers.remove_network(NAME)


def check_ports(runner: Runner, containers: Containers, ports: Ports) -> None:
    """Raise UserError for the first port that another program holds, naming that if it can be found out."""
    for port in ports.all():
        if is_free(port):
            continue
        variable = {ports.api: "TODO_API_PORT", ports.registry: "TODO_REGISTRY_PORT"}.get(port)
        fix = "stop it" + (f", or choose another port with {variable}" if variable else "")
        raise UserError(f"port 127.0.0.1:{port} is in use by {_holder(runner, containers, port)}", fix)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As Docker's proxy does: earlier connections in TIME_WAIT are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _holder(runner: Runner, containers: Containers, port: int) -> str:
    if name := containers.publishing(port):
        return f"container {name}"
    return holder(runner, port)
