"""The embedded cluster does what a workload needs of a cluster, and goes on with it after every kind of restart."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import httpx
import pytest

from scripts.cluster.embedded import node_binaries
from scripts.cluster.embedded.node_container import NAME
from scripts.cluster.embedded.provider import Embedded
from scripts.core.progress import Steps
from scripts.core.runner import CommandFailed, Subprocess
from scripts.docker import debian
from tests.cluster.conftest import IMAGE, Kubectl, eventually

NODE_PORT = 30319
USER = 10001


def pod(name: str, image: str, command: str, **volumes: dict[str, Any]) -> dict[str, Any]:
    """A pod as strict as the project's own: numeric user, nothing writable but its volumes, no capability."""
    mounts = [{"name": volume, "mountPath": f"/{volume}"} for volume in volumes]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "terminationGracePeriodSeconds": 1,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER,
                "fsGroup": USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "main",
                    "image": image,
                    "command": ["/bin/sh", "-euc", command],
                    "volumeMounts": mounts,
                    "securityContext": {
                        "readOnlyRootFilesystem": True,
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                    },
                }
            ],
            "volumes": [{"name": name, **source} for name, source in volumes.items()],
        },
    }


@pytest.fixture(scope="module")
def served(kubectl: Kubectl, embedded: Embedded, image: str) -> str:
    """The URL of a file that a pod wrote to a volume once and serves over a NodePort."""
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "16Mi"}}}
    port = {"port": 8000, "nodePort": NODE_PORT}
    # It writes only where nothing is: an answer after a restart is the first start's.
    command = (
        "[ -e /data/first ] || cat /proc/sys/kernel/random/uuid >/data/first; exec busybox httpd -f -p 8000 -h /data"
    )
    kubectl.apply(
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": claim},
        pod("server", IMAGE, command, data={"persistentVolumeClaim": {"claimName": "data"}}),
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "server"},
            "spec": {"type": "NodePort", "selector": {"app": "server"}, "ports": [port]},
        },
    )
    kubectl("wait", "pod/server", "--for=condition=Ready", "--timeout=120s")
    return f"{embedded.node_url(NODE_PORT)}/first"


def get(url: str) -> str:
    return httpx.get(url, timeout=2, trust_env=False).raise_for_status().text


def restart_by_docker(embedded: Embedded) -> None:
    Subprocess().run(["docker", "restart", NAME])


def cut_power(embedded: Embedded) -> None:
    embedded.node_restart()


def kill_first_process(embedded: Embedded) -> None:
    """Nobody starts it again but Docker, by the container's restart policy: as after a crash of the machine."""
    if os.getuid() != 0:
        pytest.skip("only root may kill the node's first process")
    pid = Subprocess().run(["docker", "inspect", "--format", "{{.State.Pid}}", NAME]).stdout
    os.kill(int(pid), signal.SIGKILL)


def stop_and_start(embedded: Embedded) -> None:
    embedded.stop()
    assert embedded.status().state == "stopped"
    embedded.start(Steps())


@pytest.mark.parametrize("restart", [restart_by_docker, cut_power, kill_first_process, stop_and_start])
def test_a_restart_brings_back_pods_volumes_and_node_ports(
    served: str, kubectl: Kubectl, embedded: Embedded, restart: Any
) -> None:
    first = eventually("the NodePort answers", lambda: get(served))
    containers = "{range .status.containerStatuses[*]}{.containerID}{end}"
    before = kubectl("get", "pod", "server", "-o", f"jsonpath={containers}")
    restart(embedded)

    def back() -> bool:
        now = kubectl("get", "pod", "server", "-o", f"jsonpath={containers}")
        return now != before and get(served) == first

    eventually("a new container serves the old volume", back)
    eventually("the cluster is ready", lambda: embedded.status().state == "running")


def test_kubectl_top_tells_what_nodes_and_pods_use(served: str, kubectl: Kubectl) -> None:
    assert eventually("the node is measured", lambda: "%" in kubectl("top", "nodes"))
    assert eventually("the pod is measured", lambda: "Mi" in kubectl("top", "pod", "server"))


def test_of_kube_router_the_node_has_the_policies_only() -> None:
    """The flaws that are reported for the version in use concern its proxy, which needs ipvs, and its BGP server."""
    runner = Subprocess()
    go = node_binaries.find_go(runner, (node_binaries.SOURCE / "go.mod").read_text())
    listed = runner.run([go, "version", "-m", str(node_binaries.folder() / "network-policies")]).stdout
    modules = {line.split()[1] for line in listed.splitlines() if line.startswith("\tdep\t")}
    assert "github.com/cloudnativelabs/kube-router/v2" in modules
    assert not modules & {"github.com/moby/ipvs", "github.com/osrg/gobgp/v3", "google.golang.org/grpc"}


def test_a_start_of_a_running_cluster_changes_nothing(embedded: Embedded) -> None:
    def identity() -> str:
        return Subprocess().run(["docker", "inspect", "--format", "{{.Id}} {{.State.StartedAt}}", NAME]).stdout

    before = identity()
    embedded.start(Steps())
    assert identity() == before


def test_pods_resolve_names_inside_and_outside_of_the_cluster(kubectl: Kubectl, image: str) -> None:
    outside = httpx.URL(debian.sources(Subprocess())[0].split()[1]).host
    command = f"getent hosts kubernetes.default && getent hosts {outside}"
    kubectl.apply(pod("resolver", image, f"until {command}; do sleep 1; done; exec sleep infinity"))
    kubectl("wait", "pod/resolver", "--for=condition=Ready", "--timeout=120s")
    found = eventually("both names are found", lambda: kubectl("exec", "resolver", "--", "sh", "-c", command))
    assert found.startswith("10.96.0.1 ")
    assert len(found.splitlines()) >= 2


def test_a_pod_reaches_itself_and_others_through_a_service(served: str, kubectl: Kubectl) -> None:
    fetch = "busybox wget -q -O - http://server:8000/first"
    assert eventually("its own Service", lambda: kubectl("exec", "server", "--", "sh", "-c", fetch)) == get(served)


def test_a_packet_to_an_address_of_no_service_does_not_leave_the_node(served: str, kubectl: Kubectl) -> None:
    with pytest.raises(CommandFailed) as failed:
        kubectl("exec", "server", "--", "busybox", "wget", "-T", "5", "-O", "-", "http://10.96.15.254:8000/")
    assert "Connection refused" in failed.value.result.stderr


def test_the_directory_of_a_deleted_claim_is_deleted(kubectl: Kubectl, embedded: Embedded, image: str) -> None:
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "16Mi"}}}
    kubectl.apply(
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "brief"}, "spec": claim},
        pod(
            "writer",
            image,
            "touch /brief/file; exec sleep infinity",
            brief={"persistentVolumeClaim": {"claimName": "brief"}},
        ),
    )
    kubectl("wait", "pod/writer", "--for=condition=Ready", "--timeout=120s")
    volume = kubectl("get", "pvc", "brief", "-o", "jsonpath={.spec.volumeName}")
    directory = f"/var/lib/todo-node/volumes/{volume}_{kubectl.namespace}_brief"
    assert embedded.node_exec("stat", "--format=%g", f"{directory}/file").strip() == str(USER)
    kubectl("delete", "pod/writer", "pvc/brief")
    eventually(
        "the directory is gone", lambda: directory not in embedded.node_exec("find", "/var/lib/todo-node/volumes")
    )


def test_pod_security_keeps_what_a_namespace_forbids_out(kubectl: Kubectl, image: str) -> None:
    kubectl("label", "namespace", kubectl.namespace, "pod-security.kubernetes.io/enforce=restricted")
    privileged = pod("privileged", image, "true")
    privileged["spec"]["containers"][0]["securityContext"] = {"privileged": True}
    with pytest.raises(CommandFailed, match="violates PodSecurity"):
        kubectl.apply(privileged)


def test_tools_are_told_where_the_registry_is(kubectl: Kubectl, embedded: Embedded) -> None:
    hosting = json.loads(kubectl("get", "configmap", "local-registry-hosting", "-n", "kube-public", "-o", "json"))
    assert f'host: "{embedded.image_route().push_host}"' in hosting["data"]["localRegistryHosting.v1"]
