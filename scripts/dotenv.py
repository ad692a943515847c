"""Reads `.env` files: KEY=value lines in the syntax that shells and Compose share."""

from __future__ import annotations

import re
from pathlib import Path

from scripts.core.errors import UserError

# A quoted value, possibly followed by a comment.
QUOTED = re.compile(r"""(?P<quote>['"])(?P<inner>.*?)(?P=quote)(?:\s+#.*)?""")


def parse(text: str, source: str = ".env") -> dict[str, str]:
    """Keys and values. Comments, blank lines, `export ` and quotes around a value are handled.

    Any other line raises UserError with its number but not its text, which may be a secret.
    """
    values: dict[str, str] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        key, equals, value = line.removeprefix("export ").partition("=")
        key, value = key.strip(), value.strip()
        if not equals or not key.isidentifier():
            raise UserError(f"{source}:{number} is not KEY=value", "fix that line; .env.example shows the format")
        if quoted := QUOTED.fullmatch(value):
            value = quoted["inner"]
        elif " #" in value:
            value = value.split(" #", 1)[0].rstrip()
        values[key] = value
    return values


def read(path: Path) -> dict[str, str]:
    """The values in a file; empty if the file does not exist."""
    try:
        return parse(path.read_text(encoding="utf-8"), path.name)
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise UserError(f"{path.name} is not UTF-8 text", "save it as UTF-8") from None
