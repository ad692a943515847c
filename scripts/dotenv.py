"""Reads `.env` files: KEY=value lines in the syntax that shells and Compose share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from scripts.core.errors import UserError

# A quoted value, possibly followed by a comment.
QUOTED = re.compile(r"""(?P<quote>['"])(?P<inner>.*?)(?P=quote)(?:\s+#.*)?""", re.DOTALL)
ESCAPE = re.compile(r'\\([\\"$`])')  # between double quotes
# After a value without quotes, or in place of one; # without a blank before it is a part of the value, as in shells.
REMARK = re.compile(r"(?:[ \t]|^(?=#[ \t]))#.*", re.DOTALL)
# Of ours, and of other programs that share the file.
NAME = re.compile(r"[\w.-]+")


def parse(text: str, source: str = ".env") -> dict[str, str]:
    """Keys and values. Comments, blank lines, `export `, quotes around a value and values of several lines in quotes
    are handled.

    Any other line raises UserError with its number but not its text, which may be a secret.
    """
    values: dict[str, str] = {}
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        number, line = at + 1, lines[at].strip()
        at += 1
        exported = line.startswith("export ")
        key, equals, value = line.removeprefix("export ").partition("=")
        key = key.strip()
        if not line or line.startswith("#") or (exported and not equals):
            continue
        if not equals or not NAME.fullmatch(key):
            raise UserError(f"{source}:{number} is not KEY=value", "fix that line; .env.example shows the format")
        if more := _lines_to_the_quote(value.strip(), lines[at:]):
            value = "\n".join([value, *lines[at : at + more]])
            at += more
        quoted = QUOTED.fullmatch(value.strip())
        values[key] = _inner(quoted) if quoted else REMARK.sub("", value).strip()
    return values


def _inner(quoted: re.Match[str]) -> str:
    return ESCAPE.sub(r"\1", quoted["inner"]) if quoted["quote"] == '"' else quoted["inner"]


def _lines_to_the_quote(value: str, following: Sequence[str]) -> int:
    """How many of the lines that follow belong to a value, up to the one that ends its quote; 0 if it ends here."""
    quote = value[:1]
    if quote not in ("'", '"') or value.count(quote) > 1:
        return 0
    for count, line in enumerate(following, 1):
        if quote in line:
            return count if re.fullmatch(rf"[^{quote}]*{quote}\s*(?:#.*)?", line) else 0
    return 0


def read(path: Path) -> dict[str, str]:
    """The values in a file; empty if the file does not exist."""
    try:
        return parse(path.read_text(encoding="utf-8-sig"), path.name)  # Windows' editors begin a file with a mark
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise UserError(f"{path.name} is not UTF-8 text", "save it as UTF-8") from None
