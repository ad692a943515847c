"""Access by the client library, which understands every kubeconfig. Import this late: it takes half a second."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import certifi
from kubernetes.client import ApiClient, ApiException, Configuration
from kubernetes.config import ConfigException, load_kube_config
from kubernetes.stream.ws_client import websocket_proxycare
from yaml import YAMLError

from scripts.core.errors import UserError
from scripts.core.hosts import is_loopback
from scripts.kube.access import Access


def read(kubeconfig: Path, context: str, fix: str) -> Access:
    """Raises UserError with `fix`."""
    try:
        configuration = Configuration()
        load_kube_config(str(kubeconfig), context, configuration, persist_config=False)
    except (ConfigException, OSError, ValueError, YAMLError) as error:  # ValueError: a certificate that is no base64
        raise UserError(f"no usable kubeconfig for context {context}: {error}", fix) from None
    if is_loopback(urlsplit(configuration.host).hostname or ""):
        configuration.proxy = None
    client = ApiClient(configuration)

    def headers() -> Mapping[str, str]:
        try:
            bearer = configuration.auth_settings().get("BearerToken")
        except ApiException as error:
            raise ConnectionError(f"the credentials were not renewed: {error.reason}") from None
        return {"authorization": bearer["value"]} if bearer else {}

    return Access(configuration.host, client.rest_client.pool_manager, headers, _websocket(configuration))


def _websocket(configuration: Any) -> dict[str, Any]:
    tls: dict[str, Any] = {"cert_reqs": ssl.CERT_NONE}
    if configuration.verify_ssl:
        tls = {"cert_reqs": ssl.CERT_REQUIRED, "ca_certs": configuration.ssl_ca_cert or certifi.where()}
        if configuration.assert_hostname is not None:
            tls["check_hostname"] = configuration.assert_hostname
    given = {
        "certfile": configuration.cert_file,
        "keyfile": configuration.key_file,
        "server_hostname": configuration.tls_server_name,
    }
    options: dict[str, Any] = {"sslopt": tls | {name: value for name, value in given.items() if value}}
    if configuration.proxy or configuration.proxy_headers:
        websocket_proxycare(options, configuration, configuration.host, {})
    return options
