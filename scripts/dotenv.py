"""Reads a `.env` file: KEY=value lines, as shells and compose files write them."""

from __future__ import annotations

import re
from pathlib import Path

from scripts.core.errors import UserError

# A value in quotes, which may be followed by a remark.
QUOTED = re.compile(r"""(?P<quote>['"])(?P<inner>.*?)(?P=quote)(?:\s+#.*)?""")


def parse(text: str, source: str = ".env") -> dict[str, str]:
    """Keys and values; `#` lines, blank lines, `export ` and matching quotes around a value are understood.

    A line that is none of these is a UserError that names its number, not its content: it may be a secret.
    """
    values: dict[str, str] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        key, equals, value = line.removeprefix("export ").partition("=")
        key, value = key.strip(), value.strip()
        if not equals or not key.isidentifier():
            raise UserError(f"{source}:{number} is not KEY=value", "mend that line; .env.example shows the form")
        if quoted := QUOTED.fullmatch(value):
            value = quoted["inner"]
        elif " #" in value:
            value = value.split(" #", 1)[0].rstrip()
        values[key] = value
    return values


def read(path: Path) -> dict[str, str]:
    """The file's values; nothing where there is no file."""
    try:
        return parse(path.read_text(encoding="utf-8"), path.name)
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise UserError(f"{path.name} is not UTF-8 text", "save it as UTF-8") from None
