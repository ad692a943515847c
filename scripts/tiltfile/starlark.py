"""Evaluates Starlark with a closed set of names; every error says file and line.

starlark-pyo3 (the Rust interpreter) is used rather than starlark-go: the latter cannot be given a value with
attributes, which `config.tilt_subcommand` needs, cannot load files, and reports an error raised by a built-in at
<builtin>:0:0.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import starlark

from scripts.core import text
from scripts.core.errors import UserError
from scripts.tiltfile.declared import Declared

Builtin = Callable[..., object]

LANGUAGE = ("load", "print", "set", "struct")
_OWN = "<built-ins>"
# Python does not know the place of a call, so each built-in is wrapped in a function that passes the call stack on.
# A `set` is a dict without values, as the interpreter's own is out of reach.
_PRELUDE = """
def print(*args, sep = " "):
    _print(call_stack(), sep.join([str(arg) for arg in args]))
def set(items = ()):
    return {{item: None for item in items}}
"""
_WRAPPER = "def {outer}(*args, **kwargs):\n    return {inner}(call_stack(), *args, **kwargs)\n"
_FRAME = re.compile(r"^ *(?:\* (?P<in>.+):(?P<line>\d+), in |--> (?P<at>.+):(?P<number>\d+):\d+$)", re.MULTILINE)
_MESSAGE = re.compile(r"^error: (?:StarlarkError: )?(?:Parse error: )?(.+?)(?:, did you mean .*)?$", re.MULTILINE)
_UNKNOWN = re.compile(r"Variable `(\w+)` not found")
_UNSENDABLE = re.compile(r"Operation `serde::serialize` not supported on type `(\w+)`")
_GLOBALS = starlark.Globals.extended_by([starlark.LibraryExtension.StructType])
_OWN_GLOBALS = starlark.Globals.extended_by([starlark.LibraryExtension.StructType, starlark.LibraryExtension.CallStack])


class Located(UserError):
    """An error that begins with its file:line."""


def opaque(value: object) -> object:
    """Wrap a Python value so that Starlark can only hand it on to another built-in."""
    return starlark.OpaquePythonObject(value)


def dialect() -> starlark.Dialect:
    """What Tilt accepts: top-level if and for, def, lambda, load; no types or f-strings."""
    chosen = starlark.Dialect.extended()
    chosen.enable_f_strings = chosen.enable_load_reexport = chosen.enable_positional_only_arguments = False
    chosen.enable_types = starlark.DialectTypes.DISABLE
    return chosen


class Interpreter:
    """Evaluates files for their effects on `declared`, each once. Raises UserError with file:line."""

    def __init__(
        self,
        declared: Declared,
        builtins: Mapping[str, Builtin],
        constants: Mapping[str, object],
        subcommand: str,
        log: Callable[[str], object],
    ) -> None:
        def print_(message: str) -> None:
            for line in message.splitlines() or [""]:
                log(line)

        self._out, self._constants = declared, constants
        self._known = sorted({name.partition(".")[0] for name in (*builtins, *constants, *LANGUAGE, "config")})
        self._prelude = _PRELUDE.format() + _wrappers(builtins, {"config.tilt_subcommand": repr(subcommand)})
        self._callables = {name: self._guarded(name, made) for name, made in {**builtins, "print": print_}.items()}
        self._loaded: dict[Path, starlark.FrozenModule] = {}
        self._failure: BaseException | None = None

    def run(self, path: Path) -> starlark.Module:
        source = text.read(path)
        module = starlark.Module()
        for name, function in self._callables.items():
            module.add_callable(f"_{_flat(name)}", function)
        for name, value in self._constants.items():
            module[name] = value
        starlark.eval(module, starlark.parse(_OWN, self._prelude, dialect()), _OWN_GLOBALS)
        self._out.files.append(path)
        try:
            parsed = starlark.parse(str(path), source, dialect())
            starlark.eval(module, parsed, _GLOBALS, starlark.FileLoader(self._load))
        except starlark.StarlarkError as error:
            raise self._located(path, str(error)) from None
        finally:
            self._out.files.pop()
        return module

    def _load(self, name: str) -> starlark.FrozenModule:
        """Another file's names, for `load`: relative to the file that loads it."""
        try:
            if "://" in name:
                what = f"{name} is an extension, which Tilt clones from the internet"
                raise UserError(what, "copy its Tiltfile into this checkout and load that, or install Tilt")
            path = Path(os.path.normpath(self._out.directory / name))
            if path in self._out.files:
                circle = [*self._out.files[self._out.files.index(path) :], path]
                raise UserError(f"files load each other in a circle: {' → '.join(file.name for file in circle)}")
            if path not in self._loaded:
                self._out.config_files.append(path)
                self._loaded[path] = self.run(path).freeze()
            return self._loaded[path]
        except UserError as error:
            self._failure = self._failure or error
            raise

    def _guarded(self, name: str, function: Builtin) -> Builtin:
        """Note the place of each call, and keep the error, which Starlark would turn into text."""

        def call(stack: str, *args: object, **kwargs: object) -> object:
            self._out.place = _innermost(stack)
            fix = "fix it and save again"
            try:
                return function(*args, **kwargs)
            except UserError as error:
                what, fix = error.what, error.fix
            except OSError as error:
                what = f"{error.filename or ''}: {error.strerror}"
            except Exception as error:
                what, fix = f"{type(error).__name__}: {error}", "this is a bug in the engine; please report it"
            except BaseException as stop:  # Ctrl+C while a command runs
                self._failure = stop
                raise
            self._failure = Located(f"{self._out.place}: {name}: {what}", fix)
            raise self._failure

        return call

    def _located(self, path: Path, output: str) -> BaseException:
        """The error that Starlark reports, or the one of ours behind it, with its place."""
        failure, where = self._failure, _innermost(output) or str(path)
        if isinstance(failure, UserError) and not isinstance(failure, Located):
            failure = self._failure = Located(f"{where}: load: {failure.what}", failure.fix)
        if failure:
            return failure
        message = _MESSAGE.search(output)
        reason = message.group(1) if message else output.strip().splitlines()[0]
        reason = _UNSENDABLE.sub(r"a value of type \1 is not an argument that a built-in takes", reason)
        fix = "fix it and save again"
        if _UNKNOWN.search(reason):
            fix = f"this engine knows {', '.join(self._known)}; install Tilt for the others"
        return Located(f"{where}: {reason}", fix)


def _flat(name: str) -> str:
    return name.replace(".", "__")


def _wrappers(names: Iterable[str], values: Mapping[str, str]) -> str:
    """The functions that pass the call stack on; those of `config` and other structs as their fields, beside `values`
    (by name, as they are written)."""
    text, structs = "", dict[str, list[str]]()
    for name in names:
        struct, dot, field = name.rpartition(".")
        outer = f"_of_{_flat(name)}" if dot else name
        text += _WRAPPER.format(outer=outer, inner=f"_{_flat(name)}")
        if dot:
            structs.setdefault(struct, []).append(f"{field} = {outer}")
    for name, value in values.items():
        structs.setdefault(name.rpartition(".")[0], []).append(f"{name.rpartition('.')[2]} = {value}")
    return text + "".join(f"{struct} = struct({', '.join(fields)})\n" for struct, fields in structs.items())


def _innermost(output: str) -> str:
    """The file:line of the innermost frame in a file of the user's, "" without one."""
    frames = [(found["in"] or found["at"], found["line"] or found["number"]) for found in _FRAME.finditer(output)]
    return next((f"{file}:{line}" for file, line in reversed(frames) if file != _OWN), "")
