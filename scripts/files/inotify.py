"""watchdog's observer for Linux, without the faults by which it stops to watch and says nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from errno import ENOSPC
from pathlib import Path

from watchdog.observers.api import BaseObserver
from watchdog.observers.inotify import InotifyEmitter, InotifyObserver, InotifyWatchGroup
from watchdog.observers.inotify_c import CallbackId, InotifyFD, Mask, WatchCallback, WatchDescriptor

Refused = Callable[[Path, OSError], None]
Unreadable = Callable[[Path], None]


class Observer(InotifyObserver):
    """`on_refused` gets each folder for which the system has no watch left, `on_unreadable` each that has none without
    the right to read it; both from the thread that met it."""

    def __init__(self, on_refused: Refused, on_unreadable: Unreadable) -> None:
        self._inotify_fd = _Inotify(on_refused, on_unreadable)
        self._inotify_fd.start()
        BaseObserver.__init__(self, _Emitter, inotify_fd=self._inotify_fd)


class _Inotify(InotifyFD):
    def __init__(self, on_refused: Refused, on_unreadable: Unreadable) -> None:
        super().__init__()
        self._on_refused, self._on_unreadable = on_refused, on_unreadable

    def add_callback(self, path: bytes, mask: Mask, callback: WatchCallback, id_: CallbackId) -> WatchDescriptor:
        try:
            watch = super().add_callback(path, mask, callback, id_)
        except OSError as error:
            if error.errno == ENOSPC:  # the caller drops it, except for the folder at the top
                self._on_refused(Path(os.fsdecode(path)), error)
            raise
        if watch < 0:  # of EACCES watchdog says nothing
            self._on_unreadable(Path(os.fsdecode(path)))
        return watch


class _Emitter(InotifyEmitter):
    def on_thread_start(self) -> None:
        path, mask = os.fsencode(self.watch.path), self.get_event_mask_from_filter()
        deep = self.watch.is_recursive  # the folder at the top of a tree is not, and may be a link
        self._inotify = _WatchGroup(self._inotify_fd, path, event_mask=mask, is_recursive=deep, follow_symlink=not deep)


class _WatchGroup(InotifyWatchGroup):
    def _remove_watch_internally(self, wd: WatchDescriptor) -> None:
        """A folder that was moved away keeps its path here, which a new folder may have taken, and left, since. For
        watchdog that is a KeyError, which ends the thread that reads the events of all folders."""
        path = self._active_callbacks_by_watch.pop(wd)
        if self._active_callbacks_by_path.get(path) == wd:
            del self._active_callbacks_by_path[path]
