"""Finds in a service's log why it does not come up after a change: file, line and error."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from scripts.tiltfile.model import Sync

_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)')
_ERROR = re.compile(r"^(?:FAILED: )?((?<=FAILED: ).+|(?:\w+\.)*\w*(?:Error|Exception|Exit|Interrupt)\b(?:: .*)?)$")
_VITE = re.compile(r"(?:Internal server error|Pre-transform error|Build failed)[^:]*: ?(.*)$")
VITE_PLACE = re.compile(r"(?<![\w./-])(?P<file>[\w./-]+\.\w+):(?P<line>\d+):\d+")


def explain(lines: Iterable[str], syncs: Sequence[Sync] = ()) -> str:
    """The last error in the lines, as `SyntaxError: invalid syntax (backend/app/main.py:12)`; "" if there is none.

    Of a Python traceback the innermost frame within the synced folders counts, as a path of this checkout. Vite tells
    the error on one line and its place on a later one. `FAILED: …` is how Alembic ends.
    """
    found = place = ""
    vite = False
    for line in lines:
        text = line.split(" | ", 1)[-1]
        if frame := _FRAME.match(text):
            local = _local(frame["file"], syncs)
            place = f"{local or frame['file']}:{frame['line']}" if local or not place else place
        elif error := _ERROR.match(text):
            found, place, vite = f"{error[1]} ({place})" if place else error[1], "", False
        elif error := _VITE.search(text):
            found, vite = error[1].strip() or "the front end does not compile", True
        elif vite and found.endswith(":") and text.strip():
            found = f"{found} {text.strip()}"
        elif vite and (where := VITE_PLACE.search(text)):
            found, vite = f"{found} ({_local(where['file'], syncs) or where['file']}:{where['line']})", False
    return found


def _local(path: str, syncs: Sequence[Sync]) -> str:
    """A path in the container, or relative to the service, as one in the checkout; "" if no sync leads there."""
    for sync in syncs:
        dest = sync.dest.rstrip("/")
        for start in (dest, sync.source.name):
            if path == start or path.startswith(f"{start}/"):
                return f"{sync.source.parent.name}/{sync.source.name}{path[len(start) :]}"
    return ""
