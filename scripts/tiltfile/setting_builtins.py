"""The built-ins for settings: from the command line, and from the personal file beside the Tiltfile."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from scripts.core import text
from scripts.core.errors import UserError
from scripts.tiltfile.declared import Declared
from scripts.tiltfile.signatures import builtin

FILE = "tilt_config.json"
KINDS: dict[type, str] = {bool: "true or false", list: "a list of strings"}


class SettingBuiltins:
    """config.define_… and config.parse, with Tilt's file and its rules: the command line wins over the file."""

    def __init__(self, declared: Declared) -> None:
        self.out = declared

    @builtin
    def config__define_bool(self, name: str, args: bool = False, usage: str = "") -> None:
        self._define(name, bool, args)

    @builtin
    def config__define_string_list(self, name: str, args: bool = False, usage: str = "") -> None:
        self._define(name, list, args)

    def _define(self, name: str, kind: type, positional: bool) -> None:
        if name in self.out.settings:
            raise UserError(f"setting {name!r} is defined twice", "remove one of them")
        self.out.settings[name] = kind
        if positional:
            self.out.positional = name

    @builtin
    def config__parse(self) -> object:
        file = self.out.files[0].parent / FILE
        self.out.config_files.append(file)
        return {**_from_file(file, self.out.settings), **_from_arguments(self.out)}


def _from_file(file: Path, settings: dict[str, type]) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        content = json.loads(text.read(file))
    except ValueError as error:
        raise UserError(f"{file} is not JSON: {error}", "fix it and save again") from None
    if not isinstance(content, dict):
        raise UserError(f"{file} is not a JSON object", "write it as {NAME: VALUE}")
    for name, value in content.items():
        kind = _kind(name, settings, str(file))
        if not isinstance(value, kind) or (
            isinstance(value, list) and not all(isinstance(item, str) for item in value)
        ):
            raise UserError(f"{file}: {name} must be {KINDS[kind]}", "fix it and save again")
    return content


def _from_arguments(out: Declared) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in _pairs(out.arguments, out.settings):
        if not name and not out.positional:
            raise UserError(f"{value!r} is an argument that this Tiltfile does not take", _known(out.settings))
        name = name or out.positional
        if out.settings[name] is bool:
            found[name] = value != "false"
        else:
            found.setdefault(name, []).append(value)
    return found


def _pairs(arguments: Iterable[str], settings: dict[str, type]) -> Iterator[tuple[str, str]]:
    """Name and value of each argument, as --name=value, --name value, --flag; "" as the name of a word."""
    words = iter(arguments)
    for word in words:
        if not word.startswith("--"):
            yield "", word
            continue
        name, equals, value = word.removeprefix("--").partition("=")
        if _kind(name, settings, "the command line") is bool or equals:
            yield name, value or ("" if equals else "true")
        else:
            yield name, next(words, "")


def _kind(name: str, settings: dict[str, type], where: str) -> type:
    if name not in settings:
        raise UserError(f"{where} sets {name!r}, which this Tiltfile does not define", _known(settings))
    return settings[name]


def _known(settings: Iterable[str]) -> str:
    return f"it defines {', '.join(settings) or 'no settings'}"
