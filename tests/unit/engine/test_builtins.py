"""The list of built-ins: what the Tiltfile uses, what the engine has and what is documented are the same."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from scripts.core.paths import ROOT
from scripts.engine.tiltfile.arguments import Declared
from scripts.engine.tiltfile.builtins import CONSTANTS, Builtins
from scripts.engine.tiltfile.starlark import Builtin
from tests.unit.fakes import FakeRunner

OF_THE_LANGUAGE = {"len", "range", "sorted", "str", "dict", "list"}


def table() -> dict[str, Builtin]:
    return Builtins(Declared(Path("/")), FakeRunner(), {}, lambda line: None).table()


def engines() -> set[str]:
    return {*table(), *CONSTANTS, "config.tilt_subcommand"} - {"TRIGGER_MODE_AUTO"}


def used() -> set[str]:
    text = re.sub(r"'[^'\n]*'", "", re.sub(r"^\s*#.*", "", (ROOT / "Tiltfile").read_text(), flags=re.MULTILINE))
    text = re.sub(r'"""[^"]*"""', "", text)
    defined = set(re.findall(r"^def (\w+)", text, re.MULTILINE))
    called = set(re.findall(r"(?<![\w.])([a-z_0-9]+)\(", text)) - defined - OF_THE_LANGUAGE
    return called | set(re.findall(r"\bTRIGGER_MODE_\w+|\bconfig\.\w+", text))


def documented() -> dict[str, str]:
    """Name → arguments."""
    text = (ROOT / "scripts/engine/README.md").read_text()
    section = text[text.index("## Built-ins") :].split("\n## ")[0]
    return dict(re.findall(r"^\| `([\w.]+)(?:\((.*?)\))?`", section, re.MULTILINE))


def test_the_engine_has_the_built_ins_that_the_tiltfile_uses() -> None:
    assert used() - engines() == set()


def test_every_built_in_of_the_engine_is_used_but_for_fail_and_documented() -> None:
    assert engines() - used() == {"fail"}
    assert documented().keys() == engines()


def test_the_arguments_documented_are_those_taken() -> None:
    for name, function in table().items():
        assert documented()[name] == ", ".join(own.rstrip("_") for own in inspect.signature(function).parameters)
