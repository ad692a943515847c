"""Meets the limit of watches, in a user namespace: it has a limit of its own, which does not touch the machine's.

Arguments: the user namespace of the parent, and an empty folder. Prints a line for each step.
"""

from __future__ import annotations

import os
import queue
import sys
from pathlib import Path

from scripts.core.errors import UserError
from scripts.files.ignore import Ignore
from scripts.files.watch import Watcher

LIMIT = Path("/proc/sys/user/max_inotify_watches")
DEADLINE_SECONDS = 20


def main(outside: str, folder: Path) -> None:
    if os.readlink("/proc/self/ns/user") == outside:
        sys.exit("this would lower the limit of the whole machine")
    errors: queue.Queue[Exception] = queue.Queue()
    batches: queue.Queue[frozenset[Path]] = queue.Queue()
    overflows: queue.Queue[bool] = queue.Queue()
    src = folder / "tree/src"
    for number in range(10):
        (src / f"deep{number}").mkdir(parents=True)
    wanted = [(folder / "tree", Ignore(()))], [folder / "one.txt"]

    def watcher() -> Watcher:
        lock = folder / ".git/index.lock"
        return Watcher(lambda paths, at: batches.put(paths), lambda: overflows.put(True), errors.put, lock)

    LIMIT.write_text("6")
    first = watcher()
    try:
        first.start(*wanted)
    except UserError as error:
        print("start:", error)
    first.stop()

    LIMIT.write_text("1000")
    made = watcher()
    made.start(*wanted)
    LIMIT.write_text("1")
    (src / "late").mkdir()
    print("new folder:", errors.get(timeout=DEADLINE_SECONDS))
    try:
        made.watch(*wanted)
    except UserError as error:
        print("still:", error)

    LIMIT.write_text("1000")
    made.watch(*wanted)
    overflows.get(timeout=DEADLINE_SECONDS)
    (src / "late/x").write_text("1")
    while src / "late/x" not in batches.get(timeout=DEADLINE_SECONDS):
        pass
    print("raised:", errors.qsize(), "errors")
    made.stop()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
