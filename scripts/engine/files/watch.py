"""Watches files with watchdog and hands over coalesced batches of paths."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from errno import EMFILE, ENOSPC
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from scripts.core.errors import UserError
from scripts.engine.files.batches import Coalescer

UNINTERESTING = frozenset({"opened", "closed_no_write"})
Batch = Callable[[frozenset[Path], float], None]
Tree = tuple[Path, Callable[[Path], bool]]
"""A file or folder with all below it, but for the folders that the second part names."""


class Watcher(FileSystemEventHandler):
    """`on_batch` gets paths and the time (monotonic) of the first event; `on_overflow` is told when events were lost,
    `on_error` what went wrong in them or in watching. All are called from one thread, which no error ends.

    Folders are watched one by one, so that a pruned folder (node_modules) costs no watches.
    """

    def __init__(
        self, on_batch: Batch, on_overflow: Callable[[], None], on_error: Callable[[Exception], None], git_lock: Path
    ) -> None:
        self._on_batch, self._on_overflow, self._on_error = on_batch, on_overflow, on_error
        self._git_lock = git_lock
        self._files = Coalescer()
        self._changed = threading.Condition()
        self._stopped = self._lost = False
        self._gone: set[Path] = set()
        self._observer: BaseObserver | None = None
        self._trees: list[Tree] = []
        self._folders: list[Path] = []
        self._watched: dict[Path, ObservedWatch] = {}
        self._overflow = _OverflowHandler(self._events_lost)

    def start(self, trees: Iterable[Tree], folders: Iterable[Path]) -> None:
        """Watch trees, and folders without what is below. Raises UserError where the system allows no more watches."""
        logging.getLogger("watchdog.observers.inotify_c").addHandler(self._overflow)
        try:
            self._observer = Observer()
            self._observer.start()
        except OSError as error:
            raise _refused("files", error) from None
        self.watch(trees, folders)
        threading.Thread(target=self._deliver, name="watch files", daemon=True).start()

    def watch(self, trees: Iterable[Tree], folders: Iterable[Path]) -> None:
        """From now on these; for the thread that calls back, and before it is started."""
        self._trees, self._folders = list(trees), list(folders)
        self._adjust()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        logging.getLogger("watchdog.observers.inotify_c").removeHandler(self._overflow)
        if self._observer and self._observer.is_alive():
            self._observer.stop()
            self._observer.join(2)

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in UNINTERESTING or (event.is_directory and event.event_type == "modified"):
            return
        now = time.monotonic()
        with self._changed:
            for name in (event.src_path, event.dest_path):
                if name:
                    self._files.add(Path(str(name)), now)
            if event.is_directory and event.event_type in ("deleted", "moved"):
                self._gone.add(Path(str(event.src_path)))
            self._changed.notify_all()

    def _events_lost(self) -> None:
        with self._changed:
            self._lost = True
            self._changed.notify_all()

    def _wanted(self) -> dict[Path, bool]:
        """The folders to watch; the value says whether with all below."""
        wanted = {folder: False for folder in self._folders if folder.is_dir()}
        for tree, prunes in self._trees:
            if not tree.is_dir():  # a file, or not there yet
                wanted.setdefault(next(folder for folder in tree.parents if folder.is_dir()), False)
                continue
            wanted.setdefault(tree, False)
            with suppress(FileNotFoundError):
                for child in tree.iterdir():
                    if child.is_dir() and not child.is_symlink() and not prunes(child):
                        wanted[child] = True
        return wanted

    def _adjust(self) -> None:
        """Watch what is wanted and not watched: until a look finds nothing new, as folders may come in between."""
        with self._changed:
            gone, self._gone = self._gone, set()
        while observer := self._observer:
            wanted = self._wanted()
            for folder, watch in list(self._watched.items()):
                if folder in gone or wanted.get(folder) != watch.is_recursive:
                    observer.unschedule(self._watched.pop(folder))
            gone = set()
            missing = wanted.keys() - self._watched.keys()
            if not missing:
                return
            for folder in sorted(missing):
                try:
                    self._watched[folder] = observer.schedule(self, str(folder), recursive=wanted[folder])
                except (FileNotFoundError, NotADirectoryError):
                    continue  # it has gone meanwhile
                except OSError as error:
                    raise _refused(str(folder), error) from None

    def _deliver(self) -> None:
        while True:
            with self._changed:
                if self._stopped:
                    return
                busy = self._git_lock.exists()
                now = time.monotonic()
                first = self._files.first
                batch = self._files.take(now, busy)
                lost, self._lost = self._lost, False
                if lost:  # what was deleted and made again is not known
                    self._gone.update(self._watched)
                if not batch and not lost:
                    due = self._files.due(busy)
                    self._changed.wait(None if due is None else max(0.001, due - now))
                    continue
            if lost or any(path in self._watched or self._is_flat(path.parent) for path in batch):
                self._guard(self._adjust)
            if lost:
                self._guard(self._on_overflow)
            if batch:
                self._guard(self._on_batch, batch, first)

    def _is_flat(self, folder: Path) -> bool:
        return folder in self._watched and not self._watched[folder].is_recursive

    def _guard(self, part: Callable[..., None], *args: object) -> None:
        try:
            part(*args)
        except Exception as error:  # whatever it is, the next save must be heard
            self._on_error(error)


def _refused(what: str, error: OSError) -> UserError:
    fix = "raise it: sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512"
    return UserError(f"cannot watch {what}: {error.strerror}", fix if error.errno in (ENOSPC, EMFILE) else "")


class _OverflowHandler(logging.Handler):
    """watchdog tells of lost events only in its log."""

    def __init__(self, tell: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        if "overflow" in record.getMessage():
            self._tell()
