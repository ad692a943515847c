"""How an API server is reached: its address, TLS and credentials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from urllib3 import PoolManager


@dataclass(frozen=True)
class Access:
    """`headers` is called for each request, as credentials may be renewed; `websocket` are the options with which
    websocket-client connects. By default those of a server without TLS that asks for no credentials."""

    host: str
    pool: PoolManager = field(default_factory=PoolManager)
    headers: Callable[[], Mapping[str, str]] = dict
    websocket: Mapping[str, Any] = field(default_factory=dict)
