"""The few Kubernetes API calls that are needed, as plain JSON.

The client library's typed models cost more time than the calls themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from urllib3 import BaseHTTPResponse, Timeout
from websocket import WebSocket

from scripts.kube.access import Access
from scripts.kube.errors import HTTP_ERRORS, ApiError, api_errors, reason_in
from scripts.kube.exec import EXEC_SECONDS, Executed, run
from scripts.kube.podport import Tunnel
from scripts.kube.shell import Shell
from scripts.kube.websockets import open_websocket

APPLY = "application/apply-patch+yaml"
CONNECT_SECONDS = 5


def collection(version: str, plural: str, namespace: str = "") -> str:
    """The URL path of a kind: collection("apps/v1", "deployments", "x")."""
    base = f"/apis/{version}" if "/" in version else f"/api/{version}"
    return f"{base}/namespaces/{namespace}/{plural}" if namespace else f"{base}/{plural}"


class Kube:
    """One cluster; safe to use from several threads. `fix` is what its ApiErrors advise to do next; `kubectl` is
    what a printed command for this cluster begins with."""

    def __init__(self, access: Access, fix: str = "", kubectl: str = "kubectl") -> None:
        self._access = access
        self.kubectl = kubectl
        self._fix = fix
        self._kinds: dict[str, dict[str, tuple[str, bool]]] = {}

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
        content_type: str = "application/json",
        timeout: float | None = 30,
        stream: bool = False,
    ) -> BaseHTTPResponse:
        url = f"{self._access.host}{path}" + (f"?{urlencode(query)}" if query else "")
        response: BaseHTTPResponse = self._access.pool.request(
            method,
            url,
            body=json.dumps(body) if body is not None else None,
            headers={**self._access.headers(), "content-type": content_type, "accept": "application/json, */*"},
            timeout=Timeout(connect=CONNECT_SECONDS, read=timeout),
            retries=False,
            preload_content=not stream,
        )
        return response

    def call(self, doing: str, method: str, path: str, **options: Any) -> Any:
        """The parsed answer; ApiError for HTTP errors and when nobody answers."""
        with api_errors(doing, self._fix):
            response = self._send(method, path, **options)
            self._check(doing, response)
            return json.loads(response.data) if response.data else None

    def _check(self, doing: str, response: BaseHTTPResponse) -> None:
        if response.status >= HTTP_ERRORS:
            raise ApiError(doing, response.status, reason_in(response.status, response.data), self._fix)

    def find(self, path: str) -> dict[str, Any] | None:
        """An object by its path, or None."""
        try:
            found: dict[str, Any] = self.call(f"read {path}", "GET", path)
            return found
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def path(self, manifest: Mapping[str, Any]) -> str:
        """The URL path of an object, with the plural from the server's own list of kinds."""
        version, kind = manifest["apiVersion"], manifest["kind"]
        known = self._kinds.get(version, {})
        if kind not in known:
            root = f"/apis/{version}" if "/" in version else f"/api/{version}"
            answer = self.call(f"look up kind {version} {kind}", "GET", root)
            known = {
                item["kind"]: (item["name"], item["namespaced"])
                for item in answer["resources"]
                if "/" not in item["name"]
            }
            self._kinds[version] = known
        if kind not in known:
            what = f"apply {kind} {manifest['metadata']['name']}"
            raise ApiError(what, 404, f"the cluster has no kind {version} {kind}")
        plural, namespaced = known[kind]
        namespace = (manifest["metadata"].get("namespace") or "default") if namespaced else ""
        return f"{collection(version, plural, namespace)}/{manifest['metadata']['name']}"

    def apply(self, manifest: Mapping[str, Any], manager: str) -> dict[str, Any]:
        """Server-side apply, taking fields over from others."""
        path = self.path(manifest)
        query = {"fieldManager": manager, "force": "true"}
        what = f"apply {manifest['kind']} {manifest['metadata']['name']}"
        applied: dict[str, Any] = self.call(what, "PATCH", path, query=query, body=manifest, content_type=APPLY)
        return applied

    def watch(self, path: str, version: str) -> Iterator[dict[str, Any]]:
        """Events after a resource version, until the server ends the stream. Raises ApiError when it broke."""
        query = {"watch": "1", "resourceVersion": version, "allowWatchBookmarks": "true", "timeoutSeconds": "300"}
        with api_errors(f"watch {path}", self._fix):
            for line in self.lines(path, query, timeout=330):
                yield json.loads(line)

    def lines(self, path: str, query: Mapping[str, str], timeout: float | None) -> Iterator[bytes]:
        """The lines of a streamed answer as they come. Raises ApiError when it broke."""
        doing = f"read {path}"
        with api_errors(doing, self._fix):
            response = self._send("GET", path, query, timeout=timeout, stream=True)
            try:
                self._check(doing, response)
                rest: list[bytes] = []  # joined once: a line may come in thousands of pieces
                while chunk := response.read1():
                    first, *others = chunk.split(b"\n")
                    rest.append(first)
                    if others:
                        *whole, last = [b"".join(rest), *others]
                        yield from (line for line in whole if line)
                        rest = [last]
                if any(rest):
                    yield b"".join(rest)
            finally:
                response.close()

    def service(self, namespace: str, service: str, port: str, path: str, timeout: float = 5) -> tuple[int, str]:
        """HTTP status and body of a GET through the API server's proxy to a Service; status 0: no answer."""
        return self._proxied(f"{collection('v1', 'services', namespace)}/{service}:{port}/proxy{path}", timeout)

    def pod(self, namespace: str, pod: str, port: int, path: str, timeout: float = 5) -> tuple[int, str]:
        """The same from one pod, ready or not, by the number of its port."""
        return self._proxied(f"{collection('v1', 'pods', namespace)}/{pod}:{port}/proxy{path}", timeout)

    def _proxied(self, path: str, timeout: float) -> tuple[int, str]:
        try:
            with api_errors(f"read {path}"):
                response = self._send("GET", path, timeout=timeout)
                return response.status, response.data.decode(errors="replace")
        except ApiError as error:
            return error.status, error.reason

    def execute(
        self,
        namespace: str,
        pod: str,
        container: str,
        argv: Sequence[str],
        stdin: bytes = b"",
        timeout: float = EXEC_SECONDS,
    ) -> Executed:
        """Run a command in a container to its end, with `stdin` and then end of input."""
        try:
            opened = self.open_exec(namespace, pod, container, argv)
        except ApiError as error:
            return Executed(-1, "", error.reason)
        return run(opened, stdin, timeout)

    def shell(self, namespace: str, pod: str, container: str) -> Shell:
        """For many scripts in one container."""

        def connect(argv: Sequence[str]) -> WebSocket:
            return self.open_exec(namespace, pod, container, argv)

        return Shell(connect)

    def open_exec(self, namespace: str, pod: str, container: str, argv: Sequence[str]) -> WebSocket:
        """The websocket of a command that has started; `scripts.kube.exec` tells its channels."""
        query = [("container", container), ("stdin", "true"), ("stdout", "true"), ("stderr", "true")]
        query += [("command", word) for word in argv]
        return self._websocket(f"run a command in pod {pod}", namespace, f"{pod}/exec", query)

    def forward(self, namespace: str, pod: str, port: int) -> Tunnel:
        """A connection to a pod's port."""
        doing = f"forward port {port} of pod {pod}"
        return Tunnel(self._websocket(doing, namespace, f"{pod}/portforward", [("ports", str(port))]))

    def _websocket(self, doing: str, namespace: str, path: str, query: Sequence[tuple[str, str]]) -> WebSocket:
        with api_errors(doing, self._fix):
            return open_websocket(self._access, f"{collection('v1', 'pods', namespace)}/{path}", query, CONNECT_SECONDS)
