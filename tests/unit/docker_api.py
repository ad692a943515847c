"""A Docker engine for tests, in memory: the Engine API over HTTP, as far as scripts.docker uses it."""

from __future__ import annotations

import hashlib
import json
import re
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.http_server import Handler, serving


def id_of(name: str) -> str:
    return f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"


@dataclass(frozen=True)
class Stored:
    """An image in the engine."""

    id: str
    labels: dict[str, str] = field(default_factory=dict)
    tagged: str = ""


@dataclass
class DockerApi:
    """`in_registry` are images that can be pulled; `programs` what runs in containers, by argv; `refused` why a request
    fails, by its words in `did`. `did` has what was changed, in the words of the docker CLI."""

    port: int = 0
    info: dict[str, str] = field(default_factory=lambda: {"ServerVersion": "28.5.1", "Name": "host"})
    images: dict[str, Stored] = field(default_factory=dict)
    in_registry: set[str] = field(default_factory=set)
    containers: dict[str, dict[str, Any]] = field(default_factory=dict)
    programs: dict[str, tuple[int, str]] = field(default_factory=dict)
    execs: list[str] = field(default_factory=list)
    networks: dict[str, list[str]] = field(default_factory=dict)
    volumes: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    did: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        """The value of DOCKER_HOST."""
        return f"tcp://127.0.0.1:{self.port}"

    def add(self, *names: str, labels: dict[str, str] | None = None) -> None:
        self.images.update({name: Stored(id_of(name), labels or {}) for name in names})

    def add_container(
        self, name: str, state: str, labels: dict[str, str] | None = None, ports: dict[int, int] | None = None
    ) -> None:
        published = {f"{port}/tcp": [{"HostIp": "::", "HostPort": "1"}] for port in ports or ()}
        for port, outside in (ports or {}).items():
            published[f"{port}/tcp"].append({"HostIp": "127.0.0.1", "HostPort": str(outside)})
        self.containers[name] = {
            "State": {"Status": state},
            "Config": {"Labels": labels, "Tty": False},
            "NetworkSettings": {"Ports": published},
        }


class Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class EngineHandler(Handler):
    api: DockerApi

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def _handle(self) -> None:
        body = self._body()
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        path = re.sub(r"^/v1\.\d+", "", unquote(address.path))
        try:
            for method, pattern, answer in ROUTES:
                if method == self.command and (found := re.fullmatch(pattern, path)):
                    answer(self, *found.groups(), **({"query": query} | ({"body": body} if body else {})))
                    return
            raise Refused(404, f"page not found: {self.command} {path}")
        except Refused as refused:
            self.answer({"message": str(refused)}, refused.status)

    def _body(self) -> Any:
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                self.rfile.read(size + 2)
            self.rfile.readline()
            return None
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return json.loads(data) if data and "json" in self.headers.get("Content-Type", "") else None

    def answer(self, found: Any, status: int = 200) -> None:
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        self.respond(status, body, content_type="application/json")

    def note(self, words: str) -> None:
        self.api.did.append(words)
        if message := self.api.refused.get(words):
            raise Refused(500, message)

    def progress(self, words: str) -> None:
        """Work that reports how it ends in its answer, after status 200."""
        self.api.did.append(words)
        message = self.api.refused.get(words)
        self.answer(json.dumps({"error": message} if message else {"status": "done"}).encode() + b"\r\n")

    def version(self, query: Any) -> None:
        self.answer({"ApiVersion": "1.41", "Version": self.api.info["ServerVersion"]})

    def info(self, query: Any) -> None:
        self.answer(self.api.info)

    def image(self, name: str, query: Any) -> None:
        stored = self._image(name)
        meta = {"LastTagTime": stored.tagged or "0001-01-01T00:00:00Z"}
        self.answer({"Id": stored.id, "Config": {"Labels": stored.labels or None}, "Metadata": meta})

    def disk_usage(self, query: Any) -> None:
        by_id: dict[str, list[str]] = {}
        for name, stored in self.api.images.items():
            by_id.setdefault(stored.id, []).append(name)
        labels = {item.id: item.labels for item in self.api.images.values()}
        images = [
            {"Id": key, "RepoTags": names, "Labels": labels[key] or None, "Size": 5_000, "SharedSize": 1_000}
            for key, names in by_id.items()
        ]
        self.answer({"Images": images})

    def _image(self, name: str) -> Stored:
        by_id = {stored.id: stored for stored in self.api.images.values()}
        if name not in self.api.images and name not in by_id:
            raise Refused(404, f"No such image: {name}")
        return self.api.images.get(name) or by_id[name]

    def list_images(self, query: Any) -> None:
        [repository] = json.loads(query["filters"])["reference"]
        self.answer([{"RepoTags": [name]} for name in self.api.images if name.rpartition(":")[0] == repository])

    def create_image(self, query: Any) -> None:
        if query.get("fromSrc"):
            name = f"{query['repo']}:{query['tag']}"
            self.api.add(name)
            return self.progress(" ".join(["import", name, *parse_qs(urlsplit(self.path).query).get("changes", ())]))
        name = f"{query['fromImage']}:{query['tag']}"
        if f"pull {name}" not in self.api.refused:
            self.api.add(name)
        self.progress(f"pull {name}")

    def tag(self, name: str, query: Any) -> None:
        target = f"{query['repo']}:{query['tag']}"
        self.api.images[target] = self._image(name)
        self.note(f"tag {name} {target}")
        self.answer({}, 201)

    def push(self, name: str, query: Any) -> None:
        self.progress(f"push {name}:{query['tag']}")

    def remove_image(self, name: str, query: Any) -> None:
        stored = self._image(name)
        used = any(container.get("ImageID") == stored.id for container in self.api.containers.values())
        if used and [stored.id for stored in self.api.images.values()].count(stored.id) == 1:
            raise Refused(409, f"conflict: unable to delete {name} - container is using its image")
        self.note(f"rmi {name}")
        self.api.images.pop(name, None)
        self.answer([])

    def save(self, name: str, query: Any) -> None:
        self._image(name)
        self.note(f"save {name}")
        self.answer(b"archive")

    def distribution(self, name: str, query: Any) -> None:
        if name not in self.api.in_registry:
            raise Refused(500, "error pinging registry: no such host")
        self.answer({"Descriptor": {}})

    def container(self, name: str, query: Any) -> None:
        self.answer(self._container(name))

    def _container(self, name: str) -> dict[str, Any]:
        if name not in self.api.containers:
            raise Refused(404, f"No such container: {name}")
        return self.api.containers[name]

    def list_containers(self, query: Any) -> None:
        if "filters" not in query:
            found = [{"ImageID": container.get("ImageID", "")} for container in self.api.containers.values()]
            return self.answer(found)
        [port] = json.loads(query["filters"])["publish"]
        names = [
            name
            for name, container in self.api.containers.items()
            for bindings in container["NetworkSettings"]["Ports"].values()
            if any(binding["HostPort"] == port for binding in bindings)
        ]
        self.answer([{"Names": [f"/{name}"]} for name in names])

    def create_container(self, query: Any, body: Any) -> None:
        self.note(f"create {query['name']} {body['Image']}")
        self.api.add_container(query["name"], "created", body["Labels"])
        self.answer({"Id": query["name"]}, 201)

    def change(self, name: str, action: str, query: Any) -> None:
        self._container(name)
        self.note(f"{action} {name}")
        self.api.containers[name]["State"]["Status"] = "running" if action == "start" else "exited"
        self.answer({}, 204)

    def remove_container(self, name: str, query: Any) -> None:
        self._container(name)
        self.note(f"rm {name}")
        del self.api.containers[name]
        self.answer({}, 204)

    def wait(self, name: str, query: Any) -> None:
        self._container(name)
        self.note(f"wait {name} {query['condition']}")
        self.answer({"StatusCode": 0})

    def log(self, name: str, query: Any) -> None:
        self._container(name)
        self.frames(self.api.programs["log"][1])

    def create_exec(self, name: str, query: Any, body: Any) -> None:
        if self._container(name)["State"]["Status"] != "running":
            raise Refused(409, f"Container {name} is not running")
        self.api.execs.append(" ".join(body["Cmd"]))
        self.answer({"Id": str(len(self.api.execs))}, 201)

    def start_exec(self, number: str, query: Any, body: Any) -> None:
        self.frames(self.api.programs.get(self.api.execs[int(number) - 1], (0, ""))[1])

    def inspect_exec(self, number: str, query: Any) -> None:
        self.answer({"ExitCode": self.api.programs.get(self.api.execs[int(number) - 1], (0, ""))[0]})

    def frames(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.docker.raw-stream")
        self.end_headers()
        self.wfile.write(struct.pack(">BxxxL", 1, len(text)) + text.encode())
        self.close_connection = True

    def list_networks(self, query: Any) -> None:
        self.answer([{"Name": name} for name in self.api.networks])

    def create_network(self, query: Any, body: Any) -> None:
        self.note(f"network create {body['Name']}")
        self.api.networks.setdefault(body["Name"], ["172.18.0.0/16"])
        self.answer({"Id": body["Name"]}, 201)

    def network(self, name: str, query: Any) -> None:
        self.answer({"Name": name, "IPAM": {"Config": [{"Subnet": subnet} for subnet in self.api.networks[name]]}})

    def remove_network(self, name: str, query: Any) -> None:
        if self.api.networks.pop(name, None) is None:
            raise Refused(404, f"network {name} not found")
        self.note(f"network rm {name}")
        self.answer({}, 204)

    def remove_volume(self, name: str, query: Any) -> None:
        if name not in self.api.volumes:
            raise Refused(404, f"no such volume: {name}")
        self.note(f"volume rm {name}")
        self.answer({}, 204)


ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/version", EngineHandler.version),
    ("GET", "/info", EngineHandler.info),
    ("GET", "/system/df", EngineHandler.disk_usage),
    ("GET", "/images/json", EngineHandler.list_images),
    ("GET", "/images/(.+)/json", EngineHandler.image),
    ("GET", "/images/(.+)/get", EngineHandler.save),
    ("POST", "/images/create", EngineHandler.create_image),
    ("POST", "/images/(.+)/tag", EngineHandler.tag),
    ("POST", "/images/(.+)/push", EngineHandler.push),
    ("DELETE", "/images/(.+)", EngineHandler.remove_image),
    ("GET", "/distribution/(.+)/json", EngineHandler.distribution),
    ("GET", "/containers/json", EngineHandler.list_containers),
    ("POST", "/containers/create", EngineHandler.create_container),
    ("GET", "/containers/([^/]+)/json", EngineHandler.container),
    ("GET", "/containers/([^/]+)/logs", EngineHandler.log),
    ("POST", "/containers/([^/]+)/(start|stop|kill)", EngineHandler.change),
    ("POST", "/containers/([^/]+)/wait", EngineHandler.wait),
    ("POST", "/containers/([^/]+)/exec", EngineHandler.create_exec),
    ("DELETE", "/containers/([^/]+)", EngineHandler.remove_container),
    ("POST", r"/exec/(\d+)/start", EngineHandler.start_exec),
    ("GET", r"/exec/(\d+)/json", EngineHandler.inspect_exec),
    ("GET", "/networks", EngineHandler.list_networks),
    ("GET", "/networks/([^/]+)", EngineHandler.network),
    ("POST", "/networks/create", EngineHandler.create_network),
    ("DELETE", "/networks/([^/]+)", EngineHandler.remove_network),
    ("DELETE", "/volumes/([^/]+)", EngineHandler.remove_volume),
]


@contextmanager
def serve_docker(tls: ssl.SSLContext | None = None) -> Iterator[DockerApi]:
    api = DockerApi()
    with serving(type("OneEngine", (EngineHandler,), {"api": api}), tls) as url:
        api.port = int(url.rpartition(":")[2])
        yield api
