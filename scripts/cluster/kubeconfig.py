"""The contexts in the user's kubeconfig files. No request is made and nothing is written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from scripts.core.errors import UserError


@dataclass(frozen=True)
class Context:
    """A context, with what says where its cluster is.

    `path` is the file to use it from; where its parts stand in several files, all of them joined as in KUBECONFIG.
    `maker` is the program that says in the file that it made the cluster ("" for most); `ca_file` the absolute path
    of the CA, "" where it is embedded.
    """

    name: str
    cluster: str
    server: str
    path: Path
    ca_file: str = ""
    maker: str = ""
    proxy: str = ""

    @property
    def is_readable(self) -> bool:
        """Whether the server's URL is one; `host` and `address` raise ValueError where it is not."""
        try:
            _ = urlsplit(self.server).port
        except ValueError:
            return False
        return True

    @property
    def host(self) -> str:
        return urlsplit(self.server).hostname or ""

    @property
    def address(self) -> str:
        """The server's URL without what it may hold of credentials."""
        parts = urlsplit(self.server)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() or "no server"


@dataclass(frozen=True)
class Kubeconfig:
    """All contexts by name, the name of the one in use ("" if none), and the files as KUBECONFIG would list them."""

    current: str
    contexts: Mapping[str, Context]
    source: str


def files(source: str = "") -> list[Path]:
    """The files of a KUBECONFIG, or else those that kubectl would read, whether they exist or not."""
    parts = (source or os.environ.get("KUBECONFIG", "")).split(os.pathsep)
    listed = [Path(part).expanduser() for part in parts if part]
    return listed or [Path.home() / ".kube" / "config"]


def read(source: str = "") -> Kubeconfig:
    """Merge `files` as kubectl does: the first that says something wins. UserError names one that cannot be read."""
    paths = files(source)
    current = ""
    found: dict[str, dict[str, tuple[Mapping[str, Any], Path]]] = {"contexts": {}, "clusters": {}, "users": {}}
    for path in paths:
        content = _load(path)
        current = current or str(content.get("current-context") or "")
        for section, known in found.items():
            for name, entry in _entries(content, section):
                known.setdefault(name, (entry, path))
    source = os.pathsep.join(map(str, paths))
    contexts = {name: _context(name, entry, path, found, source) for name, (entry, path) in found["contexts"].items()}
    return Kubeconfig(current, contexts, source)


def _load(path: Path) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        what = f"kubeconfig {path} cannot be read: {str(error).splitlines()[0]}"
        raise UserError(what, "fix it, or set KUBECONFIG to another file") from None
    return content if isinstance(content, dict) else {}


def _entries(content: Mapping[str, Any], section: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(name, entry) of a section, without those that are no entries at all."""
    for item in _list(content, section):
        entry = item.get(section.removesuffix("s")) if isinstance(item, dict) else None
        if isinstance(entry, dict) and item.get("name"):
            yield str(item["name"]), entry


def _list(content: Mapping[str, Any], key: str) -> list[Any]:
    found = content.get(key)
    return found if isinstance(found, list) else []


def _context(
    name: str,
    entry: Mapping[str, Any],
    path: Path,
    found: Mapping[str, Mapping[str, tuple[Mapping[str, Any], Path]]],
    source: str,
) -> Context:
    cluster_name = str(entry.get("cluster", ""))
    cluster, cluster_path = found["clusters"].get(cluster_name, ({}, path))
    _, user_path = found["users"].get(str(entry.get("user", "")), ({}, path))
    authority = str(cluster.get("certificate-authority") or "")
    return Context(
        name=name,
        cluster=cluster_name,
        server=str(cluster.get("server") or ""),
        path=path if {cluster_path, user_path} == {path} else Path(source),
        ca_file=str(cluster_path.parent / authority) if authority else "",
        maker=next(_makers(cluster), ""),
        proxy=str(cluster.get("proxy-url") or ""),
    )


def _makers(cluster: Mapping[str, Any]) -> Iterator[str]:
    for item in _list(cluster, "extensions"):
        extension = item.get("extension") if isinstance(item, dict) else None
        if isinstance(extension, dict) and extension.get("provider"):
            yield str(extension["provider"])
