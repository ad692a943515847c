"""Where Python packages come from: the configuration of pip on this machine, which uv does not read."""

from __future__ import annotations

import base64
import ssl
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from configparser import Error, RawConfigParser
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path

from scripts.core.certificates import ca_bundle

PYPI = "https://pypi.org/simple"
SECONDS = 60
# pip reads later ones over earlier ones.
SYSTEM_FILES = (Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf"))


@dataclass(frozen=True)
class Index:
    """`url` is a package index, "" for uv's own choice; `extra` are others beside it. `certificates` is a CA bundle,
    "" if the machine has none."""

    url: str = ""
    extra: Sequence[str] = ()
    certificates: str = ""
    proxy: str = ""

    @property
    def address(self) -> str:
        return (self.url or PYPI).rstrip("/")

    @property
    def host(self) -> str:
        """To be shown: without the password that a URL may have."""
        return urllib.parse.urlsplit(self.address).hostname or self.address

    def uv_settings(self) -> dict[str, str]:
        """The same as variables for uv."""
        settings = {"UV_DEFAULT_INDEX": self.url, "SSL_CERT_FILE": self.certificates}
        settings |= {"HTTP_PROXY": self.proxy, "HTTPS_PROXY": self.proxy}
        if self.extra:
            # As pip chooses: the best version of all indexes. Hashes decide what may be installed.
            settings |= {"UV_INDEX": " ".join(self.extra), "UV_INDEX_STRATEGY": "unsafe-best-match"}
        return {name: value for name, value in settings.items() if value}

    def open(self, url: str) -> HTTPResponse:
        """GET. Raises OSError or HTTPException."""
        parts = urllib.parse.urlsplit(url)
        request = urllib.request.Request(parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl())
        request.add_header("Accept", "text/html, */*;q=0.1")
        if parts.username:
            user, password = (urllib.parse.unquote(part or "") for part in (parts.username, parts.password))
            token = base64.b64encode(f"{user}:{password}".encode()).decode()
            request.add_unredirected_header("Authorization", f"Basic {token}")
        proxies = {"http": self.proxy, "https": self.proxy} if self.proxy else None
        context = ssl.create_default_context(cafile=self.certificates or None)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler(proxies), urllib.request.HTTPSHandler(context=context)
        )
        opened: HTTPResponse = opener.open(request, timeout=SECONDS)
        return opened


def find(environ: Mapping[str, str], system_files: Sequence[Path] = SYSTEM_FILES) -> Index:
    """uv's own variables win over pip's, and these over pip's files."""
    told = _pip_files(environ, system_files)
    told |= {name[4:].lower().replace("_", "-"): value for name, value in environ.items() if name.startswith("PIP_")}
    proxied = any(environ.get(name) for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"))
    return Index(
        url=environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL") or told.get("index-url", ""),
        extra=() if environ.get("UV_INDEX") else tuple(told.get("extra-index-url", "").split()),
        certificates=ca_bundle({"SSL_CERT_FILE": environ.get("SSL_CERT_FILE") or told.get("cert", "")}),
        proxy="" if proxied else told.get("proxy", ""),
    )


def _pip_files(environ: Mapping[str, str], system_files: Sequence[Path]) -> dict[str, str]:
    own = environ.get("PIP_CONFIG_FILE", "")
    home = Path(environ.get("HOME", "/nonexistent"))
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    files = [*system_files, home / ".pip/pip.conf", config / "pip/pip.conf", *([Path(own)] if own else [])]
    told: dict[str, str] = {}
    for file in [] if own == "/dev/null" else files:
        parser = RawConfigParser()
        try:
            parser.read(file)
        except (Error, UnicodeDecodeError, OSError):
            continue  # pip would refuse it, and says so itself
        for section in ("global", "install"):
            if parser.has_section(section):
                told |= {name.replace("_", "-"): value for name, value in parser.items(section)}
    return told
