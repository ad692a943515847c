"""Messages between the processes of a reloading service: JSON objects, with file descriptors beside them."""

import json
import socket
from collections.abc import Sequence
from typing import Any

MAX_BYTES = 1 << 17
MAX_DESCRIPTORS = 4

Message = dict[str, Any]


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends that keep messages apart. The end of a process is closed when the process ends."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def tell(channel: socket.socket, message: Message, descriptors: Sequence[int] = ()) -> None:
    """Raises OSError when the other end is closed."""
    socket.send_fds(channel, [json.dumps(message).encode()], descriptors)


def hear(channel: socket.socket) -> tuple[Message, list[int]]:
    """The next message and its descriptors, which are the caller's to close; empty when the other end is
    closed."""
    try:
        data, descriptors, _, _ = socket.recv_fds(channel, MAX_BYTES, MAX_DESCRIPTORS)
    except ConnectionResetError:
        return {}, []
    return (json.loads(data) if data else {}), descriptors
