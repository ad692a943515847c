"""Reads text files that people write, such as the Tiltfile, ignore files and YAML."""

from __future__ import annotations

from pathlib import Path

from scripts.core.errors import UserError


def read(file: Path) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {file}: {error.strerror}", "check that it exists and is readable") from None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError(f"{file}:{line}: there is a byte that is not UTF-8", "save the file as UTF-8") from None
