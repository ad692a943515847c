"""Watches files with watchdog and hands over coalesced batches of the paths that matter."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from errno import EMFILE, ENOSPC
from pathlib import Path

from watchdog import events
from watchdog.observers.api import BaseObserver, ObservedWatch

from scripts.core.errors import UserError
from scripts.docker.patterns import below
from scripts.files.batches import EVERYTHING, Coalescer
from scripts.files.scope import Scope, Tree, difference
from scripts.tiltfile.model import within

if sys.platform == "linux":
    from scripts.files.inotify import Observer as new_observer
else:
    from watchdog.observers import Observer

    def new_observer(
        on_refused: Callable[[Path, OSError], None], on_unreadable: Callable[[Path], None]
    ) -> BaseObserver:
        return Observer()


# Not that a file was opened, read, or its folder modified.
EVENTS: list[type[events.FileSystemEvent]] = [
    events.FileCreatedEvent, events.FileModifiedEvent, events.FileAttribEvent, events.FileClosedEvent,
    events.FileMovedEvent, events.FileDeletedEvent, events.DirCreatedEvent, events.DirAttribEvent,
    events.DirMovedEvent, events.DirDeletedEvent,
]  # fmt: skip
CHECK_SECONDS = 2.0
Batch = Callable[[frozenset[Path], float], None]


class Watcher(events.FileSystemEventHandler):
    """`on_batch` gets paths and the time (monotonic) of the first event; `on_overflow` is called when events were lost,
    `on_error` with an exception of those two or of watching. All are called from one thread, which no error ends."""

    def __init__(
        self, on_batch: Batch, on_overflow: Callable[[], None], on_error: Callable[[Exception], None], git_lock: Path
    ) -> None:
        self._on_batch, self._on_overflow, self._on_error = on_batch, on_overflow, on_error
        self._git_lock = git_lock
        self._changed = threading.Condition()
        self._files, self._handing = Coalescer(), frozenset[Path]()
        self._stopped = self._lost = self._folders_changed = False
        self._gone: set[Path] = set()
        self._refused: dict[Path, OSError] = {}
        self._unreadable: set[Path] = set()
        self._incomplete = False
        self._observer: BaseObserver | None = None
        self._scope = Scope()
        self._adjusting = threading.Lock()
        self._watched: dict[Path, ObservedWatch] = {}
        self._overflow = _OverflowHandler(self._events_lost)

    def start(self, trees: Iterable[Tree], files: Iterable[Path]) -> None:
        """Watch trees, and files by name. Raises UserError where the system allows no more watches."""
        logging.getLogger("watchdog.observers.inotify_c").addHandler(self._overflow)
        # Of a folder that appears while the one around it is added, and of those without a watch: does no harm.
        warnings.filterwarnings("ignore", "Callback with id .* already exists", module=r"scripts\.files\.inotify")
        self._observe()
        self.watch(trees, files)
        threading.Thread(target=self._deliver, name="watch files", daemon=True).start()

    def watch(self, trees: Iterable[Tree], files: Iterable[Path]) -> None:
        """From now on these; for the thread that calls back, and before it is started."""
        with self._adjusting:
            self._scope = Scope(trees, files)
        self._adjust()

    def waiting(self) -> frozenset[Path]:
        """What was changed and has not been handed over; with EVERYTHING while `on_overflow` is to be called."""
        with self._changed:
            return self._handing | self._files.paths | (EVERYTHING if self._lost else frozenset())

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        logging.getLogger("watchdog.observers.inotify_c").removeHandler(self._overflow)
        if self._observer and self._observer.is_alive():
            self._observer.stop()
            self._observer.join(2)

    def on_any_event(self, event: events.FileSystemEvent) -> None:
        now = time.monotonic()
        paths = [Path(os.fsdecode(name)) for name in (event.src_path, event.dest_path) if name]
        with self._changed:
            waiting = bool(self._files.paths)
            for path in paths:
                if path in self._files.paths or self._scope.matters(path, event.is_directory):
                    self._files.add(path, now)
            if event.is_directory and any(map(self._decides_watches, paths)):
                self._folders_changed = True
                if event.event_type in (events.EVENT_TYPE_DELETED, events.EVENT_TYPE_MOVED):
                    self._gone.add(paths[0])
            elif led := [path for path in paths if path in self._watched]:  # links, which lead elsewhere now
                self._folders_changed = True
                self._gone.update(each for each in list(self._watched) if any(within(each, link) for link in led))
            opened = {folder for folder in self._unreadable if any(within(folder, path) for path in paths)}
            if opened and isinstance(event, events.DirAttribEvent):
                self._unreadable -= opened
                self._events_lost()  # they have no watch yet
            if self._folders_changed or (self._files.paths and not waiting):  # else it is looked at when it is due
                self._changed.notify_all()

    def _decides_watches(self, folder: Path) -> bool:
        """Whether other folders are to be watched once this one has come or gone."""
        parent = self._watched.get(folder.parent)
        return folder in self._watched or (parent is not None and not parent.is_recursive)

    def _events_lost(self) -> None:
        with self._changed:
            self._lost = True
            self._changed.notify_all()

    def _refuse(self, folder: Path, error: OSError) -> None:
        with self._changed:
            self._refused[folder] = error
            self._changed.notify_all()

    def _miss(self, folder: Path) -> None:
        with self._changed:
            self._unreadable.add(folder)

    def _observe(self) -> None:
        try:
            observer = new_observer(self._refuse, self._miss)
            observer.start()
        except OSError as error:
            raise _refused("files", error) from None
        self._observer = observer

    def _observe_again(self) -> None:
        with self._adjusting:
            old, self._observer = self._observer, None
            with suppress(Exception):  # whatever ended a thread of it may be met again
                if old:
                    old.stop()
            self._watched.clear()
            self._observe()
        self._events_lost()

    def _adjust(self) -> None:
        with self._adjusting:  # by the thread that reloads and the one that watches
            self._adjust_alone()
            self._raise_refused()

    def _raise_refused(self) -> None:
        """Raise UserError if a folder could not be watched. The next adjustment tries again."""
        with self._changed:
            refused, self._refused = self._refused, {}
            if refused:
                deep = [top for top, watch in self._watched.items() if watch.is_recursive]
                self._gone.update(top for top in deep if any(below(folder, top) for folder in refused))
            elif self._incomplete:  # what was saved in these folders is not known
                self._events_lost()
            self._incomplete = bool(refused)
        if refused:
            folder, error = next(iter(refused.items()))
            raise _refused(str(folder), error)

    def _adjust_alone(self) -> None:
        """Watch what is wanted and not watched: until a look finds nothing new, as folders may come in between."""
        with self._changed:
            gone, self._gone = self._gone, set()
        while observer := self._observer:
            wanted = self._scope.folders()
            watched = {folder: watch.is_recursive for folder, watch in self._watched.items()}
            stop, begin = difference(watched, wanted, gone)
            for folder in stop:
                observer.unschedule(self._watched.pop(folder))
            for folder in begin:
                try:
                    self._watched[folder] = observer.schedule(
                        self, str(folder), recursive=wanted[folder], event_filter=EVENTS
                    )
                except (FileNotFoundError, NotADirectoryError):
                    continue  # it has gone meanwhile
                except OSError as error:
                    self._refuse(folder, error)
            if not begin or self._refused:
                return
            gone = set()

    def _deliver(self) -> None:
        while not self._stopped:
            if self._observer is None or _ended(self._observer):
                self._guard(self._observe_again)
            busy = self._git_lock.exists()
            with self._changed:
                now, first = time.monotonic(), self._files.first
                batch = self._handing = self._files.take(now, busy)
                lost, self._lost = self._lost, False
                adjust, self._folders_changed = self._folders_changed or bool(self._refused), False
                if lost:  # what was deleted and made again is not known
                    self._gone.update(self._watched)
                    self._handing |= EVERYTHING
                if not (batch or lost or adjust or self._stopped):
                    due = self._files.due(busy)
                    self._changed.wait(CHECK_SECONDS if due is None else min(CHECK_SECONDS, max(0.001, due - now)))
                    continue
            if lost or adjust:
                self._guard(self._adjust)
            if lost:
                self._guard(self._on_overflow)
            if batch:
                self._guard(self._on_batch, batch, first)

    def _guard(self, part: Callable[..., None], *args: object) -> None:
        try:
            part(*args)
        except Exception as error:  # whatever it is, the next save must get through
            self._on_error(error)


def _ended(observer: BaseObserver) -> bool:
    """Whether one of its threads has ended by an error, so that events are lost until there is a new observer."""
    threads = [observer, *observer.emitters.copy(), getattr(observer, "_inotify_fd", observer)]
    return any(thread.should_keep_running() and not thread.is_alive() for thread in threads)


def _refused(what: str, error: OSError) -> UserError:
    sysctl = "sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512"
    fix = f"raise it: {sysctl}; then save the Tiltfile, or start again"
    return UserError(f"cannot watch {what}: {error.strerror}", fix if error.errno in (ENOSPC, EMFILE) else "")


class _OverflowHandler(logging.Handler):
    """watchdog reports lost events in its log only."""

    def __init__(self, on_overflow: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._on_overflow = on_overflow

    def emit(self, record: logging.LogRecord) -> None:
        if "overflow" in record.getMessage():
            self._on_overflow()
