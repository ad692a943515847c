"""Lets a debugger attach to the worker that serves, where TODO_DEBUG_PORT names a port."""

import os
import threading
import time

AGAIN_SECONDS = 0.5


def listen() -> None:
    """Wait for a debugger from now on, without holding anything up. Call it in a worker that serves, as no
    other process may have debugpy loaded: the next workers are forked from one with its libraries."""
    if port := os.environ.get("TODO_DEBUG_PORT"):
        threading.Thread(target=_listen, args=(int(port),), name="debugger", daemon=True).start()


def _listen(port: int) -> None:
    import debugpy

    while True:
        try:
            debugpy.listen(("127.0.0.1", port))
        except RuntimeError:
            time.sleep(AGAIN_SECONDS)  # the worker before this one has the port until it ends
        else:
            return
