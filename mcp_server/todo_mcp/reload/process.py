"""The supervisor's view of its processes: the ground that it forks from, and the workers."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from .channel import MAX_BYTES, Message, pair, tell

FOLDER = Path(__file__).resolve().parent.parent.parent
PACKAGE = __name__.partition(".")[0]


@dataclass(eq=False)
class Ground:
    """A process to fork from. `modules` are the libraries that it was asked to import; it ends when it is
    closed."""

    channel: socket.socket
    modules: tuple[str, ...]

    @staticmethod
    async def make(listener: socket.socket, modules: Sequence[str] = ()) -> "Ground":
        """Returns when all is imported."""
        ours, theirs = pair()
        with theirs:
            descriptors = theirs.fileno(), listener.fileno()
            command = [sys.executable, "-m", f"{PACKAGE}.reload.ground", *map(str, descriptors)]
            subprocess.Popen(command, pass_fds=descriptors, cwd=FOLDER)
        ours.setblocking(False)
        tell(ours, {"modules": list(modules)})
        ready = await receive(ours)
        if modules and ready.get("threads") != 1:
            log("a library starts a thread when it is imported, which a fork would lose: saves take longer")
            ours.close()
            bare = await Ground.make(listener)
            return Ground(bare.channel, tuple(modules))
        return Ground(ours, tuple(modules))

    def fork(self, app: str, revision: str) -> "Worker":
        """A worker that loads `module:attribute`; the caller has to `listen`. Raises OSError if this process
        has ended."""
        ours, theirs = pair()
        ours.setblocking(False)
        with theirs:
            tell(self.channel, {"app": app}, [theirs.fileno()])
        return Worker(ours, revision, self)

    def close(self) -> None:
        self.channel.close()


@dataclass(eq=False)
class Worker:
    """`revision` is of the files that it loads; `loaded` is what it says of that: {} when it has ended,
    else with `failed`, why they do not load, or "". `left`: it accepts no more connections."""

    channel: socket.socket
    revision: str
    ground: Ground
    pid: int = 0
    loaded: "asyncio.Future[Message]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    left: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def good(self) -> bool:
        """Whether it serves, or would, what the files say."""
        return self.loaded.done() and self.loaded.result().get("failed") == ""

    async def listen(self) -> None:
        """Until it ends."""
        while message := await receive(self.channel):
            self.pid = message.get("pid", self.pid)
            if "failed" in message:
                self.loaded.set_result(message)
            if "left" in message:
                self.left.set()
        self.channel.close()
        if not self.loaded.done():
            self.loaded.set_result({})
        self.left.set()
        self.gone.set()

    def serve(self, heritage: Sequence[int] = ()) -> None:
        """Begin to accept, and take the connections over that come from `heritage`."""
        with suppress(OSError):  # it has ended, as `gone` says
            tell(self.channel, {"serve": True}, heritage)

    def leave(self, heir: int) -> None:
        """Accept no more, and hand the connections over."""
        with suppress(OSError):
            tell(self.channel, {"leave": True}, [heir])

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Nothing happens to one that has ended, or has not begun: that one ends when it cannot report."""
        if not self.gone.is_set():
            if self.pid:
                with suppress(ProcessLookupError):
                    os.kill(self.pid, number)
            elif number == signal.SIGKILL:
                self.channel.shutdown(socket.SHUT_RDWR)


async def receive(channel: socket.socket) -> Message:
    """The next message; empty when the other end is closed."""
    try:
        data = await asyncio.get_running_loop().sock_recv(channel, MAX_BYTES)
    except OSError:
        return {}
    message: Message = json.loads(data) if data else {}
    return message


def log(text: str) -> None:
    """Write a line to the container's log."""
    print(f"reload: {text}", file=sys.stderr, flush=True)
