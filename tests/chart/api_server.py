"""A Kubernetes API with just what `helm --dry-run=server` requests: version, kinds and given objects."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.chart.helm import Object
from tests.http_server import Handler, serving

KINDS = {
    "v1": "ConfigMap PersistentVolumeClaim Pod Secret Service ServiceAccount",
    "apps/v1": "Deployment StatefulSet",
    "autoscaling/v2": "HorizontalPodAutoscaler",
    "batch/v1": "CronJob Job",
    "networking.k8s.io/v1": "Ingress NetworkPolicy",
    "policy/v1": "PodDisruptionBudget",
}

NOT_FOUND = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}


def plural(kind: str) -> str:
    word = kind.lower()
    if word.endswith("y"):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith("s") else f"{word}s"


def documents(objects: tuple[Object, ...]) -> dict[str, Object]:
    """Path → response; any other path is 404."""
    answers: dict[str, Object] = {
        "/version": {"major": "1", "minor": "37", "gitVersion": "v1.37.2"},
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
    }
    groups = []
    for version, kinds in KINDS.items():
        resources = [
            {
                "name": plural(kind),
                "namespaced": True,
                "kind": kind,
                "verbs": ["get", "list", "create", "patch"],
            }
            for kind in kinds.split()
        ]
        root = "/api" if version == "v1" else "/apis"
        answers[f"{root}/{version}"] = {
            "kind": "APIResourceList",
            "groupVersion": version,
            "resources": resources,
        }
        if group := version.rpartition("/")[0]:
            served = {"groupVersion": version, "version": version.rpartition("/")[2]}
            groups.append({"name": group, "versions": [served], "preferredVersion": served})
    answers["/apis"] = {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    for item in objects:
        metadata = item["metadata"]
        root = "/api/v1" if item["apiVersion"] == "v1" else f"/apis/{item['apiVersion']}"
        answers[f"{root}/namespaces/{metadata['namespace']}/{plural(item['kind'])}/{metadata['name']}"] = item
    return answers


def owned(name: str, release: str | None) -> Object:
    """Metadata of an object in the cluster; `release` is the Helm release that created it."""
    metadata: Object = {"name": name, "namespace": "todo-stack"}
    if release:
        metadata["labels"] = {"app.kubernetes.io/managed-by": "Helm"}
        metadata["annotations"] = {
            "meta.helm.sh/release-name": release,
            "meta.helm.sh/release-namespace": "todo-stack",
        }
    return metadata


def stored(release: str | None = "todo", **data: str) -> Object:
    """The chart's Secret as the cluster returns it."""
    encoded = {key.replace("_", "-"): base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": owned("todo-secrets", release), "data": encoded}


@contextmanager
def api_server(*objects: Object) -> Iterator[str]:
    """The URL of an API that has only `objects`."""
    answers = documents(objects)

    class Api(Handler):
        def do_GET(self) -> None:
            found = answers.get(urlsplit(self.path).path)
            body = json.dumps(found or NOT_FOUND).encode()
            self.respond(200 if found else 404, body, content_type="application/json")

    with serving(Api) as url:
        yield url
