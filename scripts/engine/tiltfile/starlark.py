"""Evaluates Starlark with a closed set of names; every error says file and line.

starlark-pyo3 (the Rust interpreter) is used rather than starlark-go: the latter cannot be given a value with
attributes, which `config.tilt_subcommand` needs, and reports an error raised by a built-in at <builtin>:0:0.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import starlark

from scripts.core.errors import UserError

Builtin = Callable[..., object]

_POSITION = re.compile(r"^\s*--> (.+):(\d+):(\d+)", re.MULTILINE)
_MESSAGE = re.compile(r"^error: (?:Parse error: )?(.+)$", re.MULTILINE)
_UNKNOWN = re.compile(r"Variable `(\w+)` not found|`load` is not allowed")


class TiltfileError(Exception):
    """A built-in was called wrongly; the evaluator adds file and line."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


def opaque(value: object) -> object:
    """Wrap a Python value so that Starlark can only hand it on to another built-in."""
    return starlark.OpaquePythonObject(value)


def dialect() -> starlark.Dialect:
    """What Tilt accepts: top-level if and for, def, lambda; no load, types or f-strings."""
    chosen = starlark.Dialect.standard()
    chosen.enable_def = True
    chosen.enable_lambda = True
    chosen.enable_keyword_only_arguments = True
    chosen.enable_top_level_stmt = True
    chosen.enable_load = False
    chosen.enable_f_strings = False
    chosen.enable_types = starlark.DialectTypes.DISABLE
    return chosen


def execute(
    path: Path,
    source: str,
    builtins: Mapping[str, Builtin],
    structs: Mapping[str, Mapping[str, str]],
    constants: Mapping[str, object],
) -> None:
    """Run `source` for its effects. `structs` become values with attributes. Errors are UserErrors with file:line."""
    module = starlark.Module()
    failure: list[TiltfileError] = []
    for name, function in builtins.items():
        module.add_callable(name, _guarded(name, function, failure))
    for name, value in constants.items():
        module[name] = value
    grammar = dialect()
    prelude = "".join(
        f"{name} = struct({', '.join(f'{key} = {value!r}' for key, value in fields.items())})\n"
        for name, fields in structs.items()
    )
    with_struct = starlark.Globals.extended_by([starlark.LibraryExtension.StructType])
    starlark.eval(module, starlark.parse("prelude", prelude, grammar), with_struct)
    try:
        starlark.eval(module, starlark.parse(str(path), source, grammar), starlark.Globals.standard())
    except starlark.StarlarkError as error:
        raise _located(path, str(error), failure, sorted({*builtins, *structs, *constants})) from None


def _guarded(name: str, function: Builtin, failure: list[TiltfileError]) -> Builtin:
    """Check the arguments against the signature and keep the error, which Starlark would turn into text."""
    signature = inspect.signature(function)
    own_names = {own.rstrip("_"): own for own in signature.parameters}  # yaml_: a name that Python needs itself

    def call(*args: object, **kwargs: object) -> object:
        kwargs = {own_names.get(key, key): value for key, value in kwargs.items()}
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            failure.append(TiltfileError(f"{name}: {error}", f"it takes {', '.join(own_names)}"))
            raise failure[-1] from None
        try:
            return function(*args, **kwargs)
        except TiltfileError as error:
            failure.append(error)
            raise
        except UserError as error:
            failure.append(TiltfileError(f"{name}: {error.what}", error.fix))
            raise failure[-1] from None
        except OSError as error:  # a program in no form that the system knows
            failure.append(TiltfileError(f"{name}: {error.filename or ''}: {error.strerror}"))
            raise failure[-1] from None

    return call


def _located(path: Path, text: str, failure: list[TiltfileError], known: list[str]) -> UserError:
    positions = _POSITION.findall(text)
    where = f"{positions[-1][0]}:{positions[-1][1]}" if positions else str(path)
    if failure:
        return UserError(f"{where}: {failure[-1]}", failure[-1].fix)
    message = _MESSAGE.search(text)
    reason = (message.group(1) if message else text.strip().splitlines()[0]).partition(", did you mean")[0]
    if _UNKNOWN.search(reason):
        return UserError(f"{where}: {reason}", f"this engine knows {', '.join(known)}; install Tilt for the others")
    return UserError(f"{where}: {reason}", "mend the Tiltfile")
