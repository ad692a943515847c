"""A process that has imported libraries and forks workers: `python -m PACKAGE.reload.ground FD FD`.

The descriptors are the supervisor's channel and the listening socket. It has one thread and none of the
service's own modules, so a fork is as good as a new process.
"""

import gc
import importlib
import os
import signal
import socket
import sys
from collections.abc import Iterable
from contextlib import suppress

from .channel import hear, tell

PACKAGE = str(__package__).partition(".")[0]


def main(channel: socket.socket, listener: socket.socket) -> None:
    """Prepare, then fork a worker for each message until the supervisor is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the supervisor to act on
    prepare(hear(channel)[0].get("modules", ()))
    tell(channel, {"threads": len(os.listdir("/proc/self/task"))})
    while True:
        message, descriptors = hear(channel)
        if not message:
            return
        [workers_end] = descriptors
        # Forked twice, for the worker to be a child of the supervisor, which outlives this process.
        if os.fork() == 0:
            if os.fork() == 0:
                channel.close()
                work(message["app"], listener, socket.socket(fileno=workers_end))
            os._exit(0)
        os.wait()
        os.close(workers_end)


def prepare(modules: Iterable[str]) -> None:
    """Import what can be imported; what cannot is for the worker to import in its own way."""
    for name in modules:
        with suppress(Exception):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # a collection in a worker would copy the pages that it shares with this process


def work(app: str, listener: socket.socket, channel: socket.socket) -> None:
    """Serve in this process, and end it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]  # as this process found them, which may be long ago
    status = 1
    try:
        status = importlib.import_module(f"{PACKAGE}.reload.worker").serve(app, listener, channel)
    except KeyboardInterrupt:
        pass
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main(*(socket.socket(fileno=int(argument)) for argument in sys.argv[1:3]))
