"""The few Kubernetes API calls the engine needs, as plain JSON over the client library's connection pool.

The library's typed models cost more time than the calls themselves; its TLS, credentials and exec channel are used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import yaml
from kubernetes.client import ApiClient, ApiException
from kubernetes.stream.ws_client import ERROR_CHANNEL, WSClient, create_websocket, get_websocket_url, websocket_call
from urllib3 import BaseHTTPResponse, Timeout
from urllib3.exceptions import HTTPError
from websocket import WebSocketException

from scripts.core.errors import UserError
from scripts.kube.podport import Tunnel

APPLY = "application/apply-patch+yaml"
STDIN = 0
EXEC_SECONDS = 120
TIMED_OUT = -2


class ApiError(UserError):
    """The API server said no; `status` is the HTTP status, 0 when it did not answer."""

    def __init__(self, doing: str, status: int, reason: str) -> None:
        super().__init__(f"could not {doing}: {reason}", "see the cluster with: ./dev status")
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Executed:
    """How a command in a container ended. Status -1: the connection broke before; TIMED_OUT: it may still run."""

    status: int
    stdout: str
    stderr: str


def collection(version: str, plural: str, namespace: str = "") -> str:
    """The URL path of a kind: collection("apps/v1", "deployments", "x")."""
    base = f"/apis/{version}" if "/" in version else f"/api/{version}"
    return f"{base}/namespaces/{namespace}/{plural}" if namespace else f"{base}/{plural}"


class Kube:
    """One cluster; safe to use from several threads."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._pool = client.rest_client.pool_manager
        self._host = client.configuration.host
        self._kinds: dict[str, dict[str, tuple[str, bool]]] = {}

    def _headers(self) -> dict[str, str]:
        bearer = self._client.configuration.auth_settings().get("BearerToken")
        return {"authorization": bearer["value"]} if bearer else {}

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
        url = f"{self._host}{path}" + (f"?{urlencode(query)}" if query else "")
        response: BaseHTTPResponse = self._pool.request(
            method,
            url,
            body=json.dumps(body) if body is not None else None,
            headers={**self._headers(), "content-type": content_type, "accept": "application/json, */*"},
            timeout=Timeout(connect=5, read=timeout),
            retries=False,
            preload_content=not stream,
        )
        return response

    def call(self, doing: str, method: str, path: str, **options: Any) -> Any:
        """The parsed answer; ApiError for HTTP errors and when nobody answers."""
        try:
            response = self._send(method, path, **options)
        except (HTTPError, OSError) as error:
            raise ApiError(doing, 0, f"no answer from the cluster ({error})") from None
        if response.status >= 400:
            reason = response.data.decode(errors="replace")
            with suppress(ValueError, KeyError, TypeError):
                reason = json.loads(reason)["message"]
            raise ApiError(doing, response.status, reason.strip() or f"HTTP {response.status}")
        return json.loads(response.data) if response.data else None

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
        namespace = manifest["metadata"].get("namespace", "default") if namespaced else ""
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
        for line in self.lines(path, query, timeout=330):
            yield json.loads(line)

    def lines(self, path: str, query: Mapping[str, str], timeout: float | None) -> Iterator[bytes]:
        """The lines of a streamed answer as they come."""
        try:
            response = self._send("GET", path, query, timeout=timeout, stream=True)
            if response.status >= 400:
                raise ApiError(f"read {path}", response.status, response.data.decode(errors="replace").strip())
            rest = b""
            try:
                while chunk := response.read1():
                    *whole, rest = (rest + chunk).split(b"\n")
                    yield from (line for line in whole if line)
                if rest:
                    yield rest
            finally:
                response.close()
        except (HTTPError, OSError) as error:
            raise ApiError(f"read {path}", 0, str(error)) from None

    def service(self, namespace: str, service: str, port: str, path: str, timeout: float = 5) -> tuple[int, str]:
        """HTTP status and body of a GET through the API server's proxy to a Service; status 0: no answer."""
        try:
            response = self._send("GET", f"{collection('v1', 'services', namespace)}/{service}:{port}/proxy{path}",
                                  timeout=timeout)  # fmt: skip
        except (HTTPError, OSError) as error:
            return 0, str(error)
        return response.status, response.data.decode(errors="replace")

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
        query = [("container", container), ("stdin", "true"), ("stdout", "true"), ("stderr", "true")]
        query += [("command", word) for word in argv]
        url = f"{self._host}{collection('v1', 'pods', namespace)}/{pod}/exec"
        try:
            channel: WSClient = websocket_call(
                self._client.configuration, "GET", url, query_params=query, headers=self._headers(),
                _preload_content=False, binary=True,
            )  # fmt: skip
        except ApiException as error:
            return Executed(-1, "", str(error.reason))
        try:
            for start in range(0, len(stdin), 1 << 20):
                channel.write_channel(STDIN, stdin[start : start + (1 << 20)])
            channel.close_channel(STDIN)  # on protocol v4 a no-op: archives carry their own end
            channel.run_forever(timeout=timeout)
            ended = not channel.is_open()
            out, err = channel.read_stdout(timeout=0), channel.read_stderr(timeout=0)
            if not ended:
                return Executed(TIMED_OUT, _text(out), _text(err) or f"no end after {timeout:g} s")
            return Executed(_status(channel.read_channel(ERROR_CHANNEL)), _text(out), _text(err))
        except (OSError, ValueError) as error:
            return Executed(-1, "", str(error))
        finally:
            with suppress(OSError, ValueError):
                channel.close()
            channel.sock.shutdown()  # a connection that the other side ended is left open by close

    def forward(self, namespace: str, pod: str, port: int) -> Tunnel:
        """A connection to a pod's port."""
        url = f"{self._host}{collection('v1', 'pods', namespace)}/{pod}/portforward"
        try:
            opened = create_websocket(
                self._client.configuration, get_websocket_url(url, [("ports", str(port))]), self._headers()
            )
        except (WebSocketException, OSError) as error:
            raise ApiError(f"forward port {port} of pod {pod}", 0, str(error)) from None
        return Tunnel(opened)


def _text(data: bytes) -> str:
    return data.decode(errors="replace")


def _status(channel: bytes) -> int:
    """The exit status in the answer of an exec's error channel; -1 if there is none."""
    answer = yaml.safe_load(channel) if channel else None
    if not isinstance(answer, dict):
        return -1
    if answer.get("status") == "Success":
        return 0
    for cause in (answer.get("details") or {}).get("causes") or ():
        if cause.get("reason") == "ExitCode":
            return int(cause["message"])
    return -1
