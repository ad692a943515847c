"""Access by what local clusters write into a kubeconfig: certificates and tokens.

The client library understands more, but takes longer to import than most commands take to run.
"""

from __future__ import annotations

import os
import ssl
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import yaml
from urllib3 import PoolManager
from urllib3.util import create_urllib3_context

from scripts.core.hosts import is_loopback
from scripts.kube.access import Access

CLUSTER = frozenset({"server", "certificate-authority", "certificate-authority-data", "insecure-skip-tls-verify",
                     "tls-server-name", "extensions"})  # fmt: skip
USER = frozenset({"client-certificate", "client-certificate-data", "client-key", "client-key-data", "token"})
CONNECTIONS = 32  # kept open: a loop has a watch for each kind of object, and a log for each container


def read(kubeconfig: Path, context: str) -> Access | None:
    """None for what is left to the client library: plugins, proxies (the environment's too), several files in one, and
    all that is wrong."""
    try:
        content = yaml.safe_load(kubeconfig.read_text())
        chosen = _named(content, "contexts", "context", context)
        cluster = _named(content, "clusters", "cluster", chosen["cluster"])
        user = _named(content, "users", "user", chosen["user"])
        proxied = getproxies() and not is_loopback(urlsplit(cluster["server"]).hostname or "")
        if not CLUSTER.issuperset(cluster) or not USER.issuperset(user) or proxied:
            return None
        return _access(cluster, user, kubeconfig.parent)
    except (OSError, ValueError, TypeError, AttributeError, LookupError, yaml.YAMLError):
        return None


def _named(content: Any, section: str, kind: str, name: str) -> Mapping[str, Any]:
    [found] = (item[kind] for item in content[section] if item["name"] == name)
    return dict(found)


def _access(cluster: Mapping[str, Any], user: Mapping[str, Any], folder: Path) -> Access | None:
    server, token = cluster["server"].rstrip("/"), user.get("token")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    if not server.startswith("https:"):
        return Access(server, PoolManager(maxsize=CONNECTIONS), lambda: headers)
    authority = _pem(cluster, "certificate-authority", folder)
    insecure = bool(cluster.get("insecure-skip-tls-verify"))
    if not authority and not insecure:
        return None  # the machine's own authorities, which no local cluster's certificate comes from
    tls = create_urllib3_context(cert_reqs=ssl.CERT_NONE if insecure else ssl.CERT_REQUIRED)
    tls.check_hostname = not insecure
    if authority:
        tls.load_verify_locations(cadata=authority)
    certificate, key = _pem(user, "client-certificate", folder), _pem(user, "client-key", folder)
    if certificate or key:
        with NamedTemporaryFile() as file:  # OpenSSL takes them from a file only; nobody else can read it
            file.write(f"{certificate}\n{key}".encode())
            file.flush()
            tls.load_cert_chain(file.name)
    name = {"server_hostname": cluster["tls-server-name"]} if cluster.get("tls-server-name") else {}
    pool = PoolManager(maxsize=CONNECTIONS, ssl_context=tls, **name)
    return Access(server, pool, lambda: headers, {"sslopt": {"context": tls, **name}})


def _pem(entry: Mapping[str, Any], field: str, folder: Path) -> str:
    """The content of a field, which may be in the kubeconfig or in a file that it names; "" without one."""
    if data := entry.get(f"{field}-data"):
        return b64decode(data, validate=True).decode()
    return Path(os.path.join(folder, file)).read_text() if (file := entry.get(field)) else ""
