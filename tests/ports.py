"""Ports of this machine, for servers that take a given one."""

from __future__ import annotations

import socket


def closed_port() -> int:
    """A port where nobody listens until a test does.

    It stays bound to the end of this process: the system gives it to nobody who asks for any free port, as the tests in
    another process may do at that moment, and a server can still take it by its number.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    port = int(holder.getsockname()[1])
    holder.detach()
    return port
