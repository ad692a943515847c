"""Finds in a service's log why it does not come up after a change: file, line and error."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from scripts.engine.model import Sync

_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)')
_ERROR = re.compile(r"^(?P<error>(?:\w+\.)*\w*(?:Error|Exception|Exit|Interrupt)\b(?:: .*)?)$")
_VITE = re.compile(r"(?:Internal server error|Pre-transform error|Transform failed|Build failed)[^:]*: ?(?P<error>.*)$")
_VITE_PLACE = re.compile(r"(?P<file>/[^\s:()]+\.\w+):(?P<line>\d+):\d+")


def explain(lines: Iterable[str], syncs: Sequence[Sync] = ()) -> str:
    """`SyntaxError: invalid syntax (backend/app/main.py:12)`, the last such error in the lines; "" if there is none.

    Of a Python traceback the innermost frame within the synced folders counts, as a path on this machine.
    """
    found, frame, inner = "", "", ""
    for line in lines:
        text = line.split(" | ", 1)[-1]
        if place := _FRAME.match(text):
            inner = f"{place['file']}:{place['line']}"
            local = _local(place["file"], syncs)
            frame = f"{local}:{place['line']}" if local else frame
        elif error := _ERROR.match(text):
            where = frame or inner
            found = f"{error['error']} ({where})" if where else error["error"]
            frame = inner = ""
        elif vite := _VITE.search(text):
            found = vite["error"].strip() or "the front end does not compile"
            if place := _VITE_PLACE.search(text):
                found = f"{found} ({_local(place['file'], syncs) or place['file']}:{place['line']})"
        elif found and "(" not in found and (place := _VITE_PLACE.search(text)):
            found = f"{found} ({_local(place['file'], syncs) or place['file']}:{place['line']})"
    return found


def _local(path: str, syncs: Sequence[Sync]) -> str:
    """A path in the container as one in the checkout, from the service's folder on; "" if no sync leads there."""
    for sync in syncs:
        dest = sync.dest.rstrip("/")
        if path == dest or path.startswith(f"{dest}/"):
            local = sync.source / path[len(dest) :].lstrip("/") if path != dest else sync.source
            return "/".join(local.parts[-_depth(sync, local) :])
    return ""


def _depth(sync: Sync, local: object) -> int:
    """Components to show: the service's folder, the sync's source and what is below."""
    return len(getattr(local, "parts", ())) - len(sync.source.parts) + 2
