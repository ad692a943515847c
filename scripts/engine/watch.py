"""Watches files with watchdog and hands over coalesced batches of paths."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from scripts.core.errors import UserError
from scripts.engine.coalesce import Coalescer

UNINTERESTING = frozenset({"opened", "closed_no_write"})
Batch = Callable[[frozenset[Path], float], None]


class Watcher(FileSystemEventHandler):
    """`on_batch` gets paths and the time (monotonic) of the first event; `on_overflow` is told when events were lost.

    Folders are watched one by one, so that a pruned folder (node_modules) costs no watches.
    """

    def __init__(self, on_batch: Batch, on_overflow: Callable[[], None], git_lock: Path) -> None:
        self._on_batch = on_batch
        self._files = Coalescer()
        self._changed = threading.Condition()
        self._stopped = False
        self._git_lock = git_lock
        self._observer = Observer()
        self._watched: dict[Path, bool] = {}
        self._prunes: Callable[[Path], bool] = lambda path: False
        self._overflow = _OverflowHandler(on_overflow)

    def start(self, trees: Iterable[Path], folders: Iterable[Path], prunes: Callable[[Path], bool]) -> None:
        """Watch trees with all below them but what `prunes` names, and folders without what is below."""
        logging.getLogger("watchdog.observers.inotify_c").addHandler(self._overflow)
        self.extend(trees, folders, prunes)
        self._observer.start()
        threading.Thread(target=self._deliver, name="watch files", daemon=True).start()

    def extend(self, trees: Iterable[Path], folders: Iterable[Path], prunes: Callable[[Path], bool]) -> None:
        self._prunes = prunes
        for folder in folders:
            self._watch(folder, recursive=False)
        for tree in trees:
            self._watch(tree, recursive=False)
            for child in sorted(tree.iterdir()) if tree.is_dir() else ():
                if child.is_dir() and not child.is_symlink() and not prunes(child):
                    self._watch(child, recursive=True)

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        logging.getLogger("watchdog.observers.inotify_c").removeHandler(self._overflow)
        if self._observer.is_alive():
            self._observer.stop()
            self._observer.join(2)

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in UNINTERESTING or (event.is_directory and event.event_type == "modified"):
            return
        now = time.monotonic()
        paths = [Path(str(name)) for name in (event.src_path, event.dest_path) if name]
        with self._changed:
            for path in paths:
                self._files.add(path, now)
            self._changed.notify_all()
        for path in paths:
            parent_is_flat = self._watched.get(path.parent) is False
            if event.is_directory and parent_is_flat and path.is_dir() and not self._prunes(path):
                self._watch(path, recursive=True)

    def _watch(self, folder: Path, *, recursive: bool) -> None:
        if not folder.is_dir() or folder in self._watched:
            return
        try:
            self._observer.schedule(self, str(folder), recursive=recursive)
        except OSError as error:
            raise UserError(
                f"cannot watch {folder}: {error.strerror} (the limit on watched folders or instances)",
                "raise it: sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512",
            ) from None
        self._watched[folder] = recursive

    def _deliver(self) -> None:
        while True:
            with self._changed:
                if self._stopped:
                    return
                busy = self._git_lock.exists()
                now = time.monotonic()
                first = self._files.first
                batch = self._files.take(now, busy)
                if not batch:
                    due = self._files.due(busy)
                    self._changed.wait(None if due is None else max(0.001, due - now))
                    continue
            self._on_batch(batch, first)


class _OverflowHandler(logging.Handler):
    """watchdog tells of lost events only in its log."""

    def __init__(self, tell: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        if "overflow" in record.getMessage():
            self._tell()
