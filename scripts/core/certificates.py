"""The CA certificates of this machine: on networks that intercept TLS, the only ones that verify anything."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

CA_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


def ca_bundle(environment: Mapping[str, str] = os.environ) -> str:
    """The machine's CA bundle; "" if there is none."""
    return next((path for path in (environment.get("SSL_CERT_FILE"), *CA_BUNDLES) if path and Path(path).is_file()), "")
