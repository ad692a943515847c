"""A home directory of its own for tests of clusters, kubeconfig files in it, and a Kubernetes API that answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.http_server import Handler, serving

MINIKUBE_EXTENSION = {"name": "cluster_info", "extension": {"provider": "minikube.sigs.k8s.io", "version": "v1.38.1"}}


def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of the user's is read or written from here on."""
    for name in ("KUBECONFIG", "TODO_CLUSTER", "MINIKUBE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TODO_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def write_kubeconfig(path: Path, current: str, servers: Mapping[str, str | dict[str, Any]]) -> Path:
    """A context for each name, whose cluster has the same name and this server, or these fields."""
    clusters = {name: {"server": given} if isinstance(given, str) else given for name, given in servers.items()}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": current,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in clusters],
        "clusters": [{"name": name, "cluster": cluster} for name, cluster in clusters.items()],
        "users": [{"name": name, "user": {"token": "t"}} for name in clusters],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content))
    return path


@dataclass
class Api:
    """A server on 127.0.0.1: `answers` by path (404 for others), `requests` as "METHOD path", `bodies` of writes."""

    url: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


@contextmanager
def serve_api(answers: Mapping[str, Any] | None = None) -> Iterator[Api]:
    kinds = {"resources": [{"name": "configmaps", "kind": "ConfigMap", "namespaced": True}]}
    api = Api(answers={"/version": {"gitVersion": "v1.34.1"}, "/v2/": {}, "/api/v1": kinds, **(answers or {})})

    class Answers(Handler):
        def do_GET(self) -> None:
            self._answer(api.answers.get(self.path.partition("?")[0]))

        def do_PATCH(self) -> None:
            self._store(self.path.partition("?")[0], self._body())

        def do_POST(self) -> None:
            body = self._body()
            path = f"{self.path.partition('?')[0]}/{body['metadata']['name']}"
            if path in api.answers:
                self._answer({"kind": "Status", "message": "it exists"}, 409)
            else:
                self._store(path, body)

        def _body(self) -> Any:
            return yaml.safe_load(self.rfile.read(int(self.headers["Content-Length"])))

        def _store(self, path: str, body: Any) -> None:
            api.bodies.append(body)
            api.answers[path] = body
            self._answer(body)

        def _answer(self, found: Any, status: int = 200) -> None:
            api.requests.append(f"{self.command} {self.path.partition('?')[0]}")
            data = json.dumps(found if found is not None else {"kind": "Status", "code": 404}).encode()
            self.respond(404 if found is None else status, data, content_type="application/json")

    with serving(Answers) as api.url:
        yield api


def announced_registry(host: str, from_runtime: str = "", labels: dict[str, str] | None = None) -> dict[str, Any]:
    """The ConfigMap of KEP-1755."""
    hosting = {"host": host} | ({"hostFromContainerRuntime": from_runtime} if from_runtime else {})
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "local-registry-hosting", "namespace": "kube-public", "labels": labels or {}},
        "data": {"localRegistryHosting.v1": yaml.safe_dump(hosting)},
    }


SERVICES = "/api/v1/services"
REGISTRY_MAP = "/api/v1/namespaces/kube-public/configmaps/local-registry-hosting"
NODES = "/api/v1/nodes"


def node(name: str, runtime: str, address: str = "172.18.0.2") -> dict[str, Any]:
    addresses = [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}]
    status = {"nodeInfo": {"containerRuntimeVersion": runtime}, "addresses": addresses}
    return {"metadata": {"name": name}, "status": status}


def node_port_service(namespace: str, name: str, port: int) -> dict[str, Any]:
    return {"metadata": {"namespace": namespace, "name": name}, "spec": {"ports": [{"port": 3000, "nodePort": port}]}}
