"""The place in the sources that an error names, and the lines around it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

AROUND = 3
MAX_BYTES = 1_000_000
# A path begins where its word does: at each later character of a long one the search would read the rest again.
PLACE = re.compile(r"(?<![\w@./-])(?P<file>[\w@./-]*\w):(?P<line>\d{1,6})\b")


def find(text: str, root: Path, clean: Callable[[str], str]) -> dict[str, Any] | None:
    """The last place in the text that is a file below `root`: `file` (relative to it), `line`, and the `lines` around
    it as [number, text]; None if there is none. Hidden files, such as .env, are never read; `clean` takes secrets out.
    """
    for found in reversed(list(PLACE.finditer(text))):
        name, number = found["file"], int(found["line"])
        try:
            path = (root / name).resolve()
            hidden = any(part.startswith(".") for part in path.relative_to(root.resolve()).parts)
            if hidden or not path.is_file() or path.stat().st_size > MAX_BYTES:
                continue
            lines = path.read_text(errors="replace").splitlines()
        except (OSError, ValueError, RuntimeError):  # elsewhere; a link to itself
            continue
        shown = range(max(1, number - AROUND), min(len(lines), number + AROUND) + 1)
        excerpt = [[each, clean(lines[each - 1])] for each in shown]
        return {"file": name, "line": number, "lines": excerpt}
    return None
