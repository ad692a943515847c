"""Keeps serving what the files say: see the package's docstring."""

import asyncio
import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from watchfiles import awatch

from .channel import pair
from .process import FOLDER, Ground, Worker, log

WATCH_MILLISECONDS = 10
WATCH_AGAIN_SECONDS = 0.1
LOOK_AGAIN_MILLISECONDS = 2000
"""Without an event for so long the files are looked at all the same: some are lost while a watcher starts."""
LEAVE_SECONDS = 1.0
END_SECONDS = 3.0
RESTART_SECONDS = 1.0
LEAVING_AT_ONCE = 3
BACKLOG = 2048
LISTENER = "TODO_RELOAD_LISTENER"
PR_SET_CHILD_SUBREAPER = 36


def serve(app: str, roots: Sequence[str], revision: Callable[[], str], port: int) -> int:
    """Serve `module:attribute` on a port until SIGTERM or Ctrl+C; returns the exit status. `roots` are the
    folders to watch, `revision` tells one state of their files from another."""
    kept = os.environ.pop(LISTENER, "")
    listener = (
        socket.socket(fileno=int(kept)) if kept else socket.create_server(("0.0.0.0", port), backlog=BACKLOG)
    )
    listener.setblocking(False)
    return asyncio.run(Supervisor(app, roots, revision, listener).run())


class Supervisor:
    """`run` once. `_serving` answers all requests, `_leaving` finish theirs; `_broken` is a revision that
    does not load."""

    def __init__(
        self, app: str, roots: Sequence[str], revision: Callable[[], str], listener: socket.socket
    ) -> None:
        self._app, self._roots, self._revision, self._listener = app, roots, revision, listener
        self._own = _own_code()
        self._changed, self._stopping = asyncio.Event(), asyncio.Event()
        self._serving: Worker | None = None
        self._leaving: list[Worker] = []
        self._broken = ""
        self._tasks = set[asyncio.Task[None]]()

    async def run(self) -> int:
        if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
            sys.exit("reload: this process cannot adopt its workers; the reloading server needs Linux")
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGCHLD, _reap)
        self._spawn(self._watch())
        self._ground = await Ground.make(self._listener)
        while not self._stopping.is_set():
            await self._keep_up()
            await self._changed.wait()
        await self._end()
        loop.remove_signal_handler(signal.SIGCHLD)
        return 0

    async def _keep_up(self) -> None:
        """Until what the files say is served, or is known not to load. Goes by their contents, whatever the
        events."""
        while not self._stopping.is_set():
            self._changed.clear()
            self._take_up_own_code()
            revision, serving = self._revision(), self._serving
            newest = serving and serving.revision == revision and serving.ground is self._ground
            if newest or (serving and revision == self._broken):
                return
            worker = await self._load(revision)
            if worker is None:
                continue
            message = worker.loaded.result()
            if worker.good:
                self._broken = ""
                await self._replace_by(worker)
                log(f"{revision} is served")
                self._spawn(self._warm(message["modules"]))
                continue
            self._broken = revision
            goes_on = serving is not None and serving.good
            log(f"{revision} does not load" + ("; the code before it goes on serving" if goes_on else ""))
            if message and not goes_on:
                await self._replace_by(worker)  # so that somebody answers, with the reason
            elif message:
                worker.kill()
            elif not serving:
                await asyncio.sleep(RESTART_SECONDS)  # the process ended: try again, but not in a busy loop

    async def _load(self, revision: str) -> Worker | None:
        """A worker that has loaded the files, or could not; None when it has to be tried again, as when they
        have changed meanwhile."""
        try:
            worker = self._ground.fork(self._app, revision)
        except OSError:
            log("the process to fork from has ended, perhaps for want of memory; another one starts")
            self._ground = await Ground.make(self._listener, self._ground.modules)
            return None
        self._spawn(self._follow(worker))
        while not worker.loaded.done():
            change = asyncio.create_task(self._changed.wait())
            either: set[asyncio.Future[Any]] = {worker.loaded, change}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            change.cancel()
            if self._changed.is_set():
                self._changed.clear()
                if self._stopping.is_set() or self._revision() != revision:
                    break
        if worker.loaded.done() and self._revision() == revision:
            return worker
        self._changed.set()
        worker.kill()
        return None

    async def _replace_by(self, worker: Worker) -> None:
        """Let a worker serve, once the one before accepts no more."""
        before, self._serving = self._serving, worker
        if before is None or before.gone.is_set():
            worker.serve()
            return
        heir, heritage = pair()
        with heir, heritage:
            before.leave(heir.fileno())
            try:
                await asyncio.wait_for(before.left.wait(), LEAVE_SECONDS)
            except TimeoutError:  # its event loop hangs
                before.kill()
            worker.serve([heritage.fileno()])
        self._leaving = [one for one in [*self._leaving, before] if not one.gone.is_set()]
        for one in self._leaving[:-LEAVING_AT_ONCE]:
            one.kill()

    async def _follow(self, worker: Worker) -> None:
        await worker.listen()
        if worker is not self._serving or self._stopping.is_set():
            return
        log(f"the process that served {worker.revision} has ended; another one starts")
        await asyncio.sleep(RESTART_SECONDS)
        if worker is self._serving:
            self._serving, self._broken = None, ""
            self._changed.set()

    async def _warm(self, modules: Sequence[str]) -> None:
        """Fork from a process that has these libraries imported, from now on."""
        before = self._ground
        if set(before.modules).issuperset(modules):
            return
        ground = await Ground.make(self._listener, modules)
        if before is not self._ground or self._stopping.is_set():  # another one was quicker
            ground.close()
            return
        self._ground = ground
        before.close()
        self._changed.set()  # for a worker that shares the memory of this ground

    async def _watch(self) -> None:
        folders, told = [FOLDER / root for root in self._roots], ""
        while not self._stopping.is_set():
            try:
                async for _ in awatch(
                    *folders,
                    watch_filter=None,
                    step=WATCH_MILLISECONDS,
                    debounce=WATCH_MILLISECONDS,
                    rust_timeout=LOOK_AGAIN_MILLISECONDS,
                    yield_on_timeout=True,
                    stop_event=self._stopping,
                ):
                    self._changed.set()
            except Exception as error:  # such as for a name that is not UTF-8
                if str(error) != told:
                    told = str(error)
                    log(f"the watcher failed and is started again: {told}")
                self._changed.set()
                await asyncio.sleep(WATCH_AGAIN_SECONDS)

    def _take_up_own_code(self) -> None:
        """Begin again, with the same socket, when the code of this process has changed."""
        now = _own_code(self._own)
        if now == self._own:
            return
        self._own = now
        for file, content in now.items():
            try:
                compile(content, file, "exec")
            except SyntaxError as error:
                log(f"the reloader goes on as it was: {error}")
                return
        log("the reloader itself has changed: it starts again")
        self._listener.set_inheritable(True)
        os.environ[LISTENER] = str(self._listener.fileno())
        os.execv(sys.executable, sys.orig_argv)

    def _stop(self) -> None:
        self._stopping.set()
        self._changed.set()

    async def _end(self) -> None:
        """End the workers, and with the ground all that may still load."""
        self._ground.close()
        workers = [one for one in [*self._leaving, self._serving] if one and not one.gone.is_set()]
        for one in workers:
            one.kill(signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(one.gone.wait() for one in workers)), END_SECONDS)
        for one in workers:
            one.kill()

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _reap() -> None:
    """Workers and grounds are children of this process."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _own_code(files: Iterable[str] = ()) -> dict[str, bytes]:
    """The contents of the service's modules that this process has loaded."""
    loaded = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    found = set(files) or {file for file in loaded if file and Path(file).is_relative_to(FOLDER)}
    return {file: Path(file).read_bytes() for file in sorted(found) if Path(file).is_file()}
