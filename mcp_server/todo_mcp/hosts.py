"""Which Host and Origin headers the MCP endpoint answers to (protection against DNS rebinding)."""

from collections.abc import Iterable, Iterator

from mcp.server.transport_security import TransportSecuritySettings

ALWAYS = ("localhost", "127.0.0.1", "[::1]")


def transport_security(allowed_hosts: Iterable[str]) -> TransportSecuritySettings:
    """An entry without a port stands for every port; origins are those same hosts over http and https."""
    hosts = list(dict.fromkeys(_spellings([*ALWAYS, *allowed_hosts])))
    origins = [f"{scheme}://{host}" for host in hosts for scheme in ("http", "https")]
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


def _spellings(hosts: Iterable[str]) -> Iterator[str]:
    for host in hosts:
        yield host
        if not host.rpartition("]")[2].count(":"):
            yield f"{host}:*"
