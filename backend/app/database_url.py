"""Reads PostgreSQL URLs as libpq does: several hosts, each with its own port, and IPv6 addresses."""

import re
from urllib.parse import unquote

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

# Scheme and user, several hosts, the rest. SQLAlchemy takes several hosts only in the query.
_SEVERAL_HOSTS = re.compile(r"([^/]+://(?:[^/]*@)?)([^/@?]*,[^/@?]*)((?:[/?].*)?)")
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:\s]+))(?::([0-9]+))?")


def read_url(text: str) -> URL:
    """The URL with the psycopg driver; ValueError if the text is no PostgreSQL URL."""
    several = _SEVERAL_HOSTS.fullmatch(text)
    try:
        url = make_url(several[1] + several[3] if several else text)
    except ArgumentError:
        raise ValueError("no URL") from None
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise ValueError("not PostgreSQL")
    url = url.set(drivername="postgresql+psycopg")
    return url.update_query_dict(_in_query(several[2])) if several else url


def _in_query(hosts: str) -> dict[str, str]:
    """`hosts` as psycopg takes them, which tries them in this order."""
    found = [match for match in map(_HOST.fullmatch, hosts.split(",")) if match]
    if len(found) <= hosts.count(","):
        raise ValueError("a host is unusable")
    return {
        "host": ",".join(match[1] or unquote(match[2]) for match in found),
        "port": ",".join(match[3] or "5432" for match in found),
    }
