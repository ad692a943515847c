"""The list of built-ins: what the Tiltfile uses, what the engine has and what is documented are the same."""

from __future__ import annotations

import inspect
import re

from scripts.core.paths import ROOT
from scripts.tiltfile.builtins import CONSTANTS, Builtins
from scripts.tiltfile.declared import Declared
from scripts.tiltfile.signatures import builtins_of
from scripts.tiltfile.starlark import LANGUAGE, Builtin
from tests.unit.fakes import FakeRunner

OF_EVERY_STARLARK = {"len", "range", "sorted", "str", "dict", "list"}
AT_MOST = 30


def table() -> dict[str, Builtin]:
    return builtins_of(Builtins(Declared([]), FakeRunner(), {}, lambda line: None))


def engines() -> set[str]:
    return {*table(), *CONSTANTS, *LANGUAGE, "config.tilt_subcommand"}


def used() -> set[str]:
    text = re.sub(r"'[^'\n]*'", "", re.sub(r"^\s*#.*", "", (ROOT / "Tiltfile").read_text(), flags=re.MULTILINE))
    text = re.sub(r'"""[^"]*"""', "", text)
    defined = set(re.findall(r"^def (\w+)", text, re.MULTILINE))
    called = set(re.findall(r"(?<![\w.])([a-z_0-9]+)\(", text)) - defined - OF_EVERY_STARLARK
    return called | set(re.findall(r"\bTRIGGER_MODE_\w+|\b(?:config|v1alpha1)\.\w+", text))


def documented() -> dict[str, str]:
    """Name → arguments."""
    text = (ROOT / "scripts/engine/README.md").read_text()
    section = text[text.index("## Built-ins") :].split("\n## ")[0]
    return dict(re.findall(r"^\| `([\w.]+)(?:\((.*?)\))?`", section, re.MULTILINE))


def test_the_engine_has_the_built_ins_that_the_tiltfile_uses() -> None:
    assert used() - engines() == set()


def test_every_built_in_is_used_or_of_the_language_and_documented() -> None:
    assert engines() - used() - set(LANGUAGE) == {"TRIGGER_MODE_AUTO"}
    assert documented().keys() == engines()


def test_there_are_few_built_ins() -> None:
    assert len(engines()) <= AT_MOST


def test_the_documented_arguments_are_those_taken() -> None:
    for name, function in table().items():
        assert documented()[name] == ", ".join(own.rstrip("_") for own in inspect.signature(function).parameters)
