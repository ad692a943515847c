"""watchdog's observer for Linux, without the faults by which it stops to watch and says nothing."""

from __future__ import annotations

import os

from watchdog.observers.inotify import InotifyEmitter, InotifyObserver, InotifyWatchGroup
from watchdog.observers.inotify_c import WatchDescriptor


class Observer(InotifyObserver):
    def __init__(self) -> None:
        super().__init__()
        self._emitter_class = _Emitter


class _Emitter(InotifyEmitter):
    def on_thread_start(self) -> None:
        path, mask = os.fsencode(self.watch.path), self.get_event_mask_from_filter()
        self._inotify = _WatchGroup(self._inotify_fd, path, event_mask=mask, is_recursive=self.watch.is_recursive)


class _WatchGroup(InotifyWatchGroup):
    def _remove_watch_internally(self, wd: WatchDescriptor) -> None:
        """A folder that was moved away keeps its path here, which a new folder may have taken, and left, since. For
        watchdog that is a KeyError, which ends the thread that reads the events of all folders."""
        path = self._active_callbacks_by_watch.pop(wd)
        if self._active_callbacks_by_path.get(path) == wd:
            del self._active_callbacks_by_path[path]
