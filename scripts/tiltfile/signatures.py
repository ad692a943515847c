"""Checks and converts the arguments of built-ins by their annotations."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin

from scripts.core.errors import UserError
from scripts.tiltfile.declared import Location, StartOn, Step, TriggerMode
from scripts.tiltfile.model import Link, PortForward


class Command(tuple[str, ...]):
    """An argv, given as a list, or as a string for the shell."""


_EXPECTED: Mapping[object, str] = {
    str: "a string",
    int: "a whole number",
    bool: "True or False",
    Path: "a path",
    Command: "a string or a list of strings",
    Mapping[str, str]: "a dict of strings",
    PortForward: "PORT or LOCAL:CONTAINER (1 to 65535)",
    Link: "a URL or link()",
    Step: "sync(), run() or fall_back_on()",
    Location: "v1alpha1.ui_component_location()",
    StartOn: "v1alpha1.start_on_spec()",
    TriggerMode: "TRIGGER_MODE_AUTO or TRIGGER_MODE_MANUAL",
}


class _Unfit(Exception):
    def __init__(self, value: object) -> None:
        plain = isinstance(value, str | int | float | None)
        some = f"{'a' if value else 'an empty'} {type(value).__name__.lower()}"
        super().__init__(repr(value) if plain else some)


def builtin(method: Callable[..., object]) -> Callable[..., object]:
    """Make a method a built-in of the Tiltfile. Paths are relative to `self.out.directory`; one value stands for a list
    of one, None for the default. Raises UserError that names the argument and what was expected."""
    signature = inspect.signature(method, eval_str=True)
    own_names = {name.rstrip("_"): name for name in signature.parameters}  # set_: Python has a use for `set`

    @functools.wraps(method)
    def call(self: Any, *args: object, **kwargs: object) -> object:
        try:
            bound = signature.bind(self, *args, **{own_names.get(name, name): kwargs[name] for name in kwargs})
        except TypeError as error:
            takes = ", ".join(own_names).removeprefix("self, ")
            raise UserError(str(error).replace("_'", "'"), f"it takes {takes}") from None
        for name, value in list(bound.arguments.items())[1:]:
            default, kind = signature.parameters[name].default, signature.parameters[name].annotation
            given = value is not None or default is inspect.Parameter.empty
            try:
                bound.arguments[name] = _convert(value, kind, self.out.directory) if given else default
            except _Unfit as unfit:
                raise UserError(f"{name.rstrip('_')} must be {_expected(kind)}, not {unfit}") from None
        return method(*bound.args, **bound.kwargs)

    return call


def builtins_of(owner: object) -> dict[str, Callable[..., object]]:
    """The methods that `builtin` made, bound, by the names that the Tiltfile has for them: `config__parse` is
    config.parse."""
    made = [name for name in dir(type(owner)) if hasattr(getattr(type(owner), name), "__wrapped__")]
    return {name.rstrip("_").replace("__", "."): getattr(owner, name) for name in made}


def _expected(kind: Any) -> str:
    first = get_args(kind)[0] if get_args(kind) else None
    if get_origin(kind) is tuple:
        return f"{_expected(first)}, or a list of those"
    return _EXPECTED[first if NoneType in get_args(kind) else kind]


def _convert(value: Any, kind: Any, directory: Path) -> Any:
    """The value as what an annotation says. Raises _Unfit."""
    if NoneType in get_args(kind):
        kind = get_args(kind)[0]
    if get_origin(kind) is tuple:
        items = value if isinstance(value, list | dict) else [value]  # a dict gives its keys, as in Tilt
        return tuple(_convert(item, get_args(kind)[0], directory) for item in items)
    if get_origin(kind) is Mapping and isinstance(value, dict):
        return {_convert(key, str, directory): _convert(item, str, directory) for key, item in value.items()}
    if kind is Path and isinstance(value, str):
        return Path(os.path.normpath(directory / value))
    if kind is Command and value and isinstance(value, str | list):
        return Command(["sh", "-c", value] if isinstance(value, str) else _convert(value, tuple[str, ...], directory))
    if kind is PortForward and (ports := str(value).split(":")) and len(ports) < 3 and all(map(_is_port, ports)):
        return PortForward(int(ports[0]), int(ports[-1]))
    if kind is TriggerMode and value in list(TriggerMode):
        return TriggerMode(value)
    if kind is Link and isinstance(value, str):
        return Link(value)
    plain = Mapping if get_origin(kind) is Mapping else kind
    if not isinstance(value, plain) or (kind is int and isinstance(value, bool)):
        raise _Unfit(value)
    return value


def _is_port(text: str) -> bool:
    return text.isdecimal() and 0 < int(text) < 65536
