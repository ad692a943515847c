"""What a Tiltfile declares of images and live updates, found without running a command or rendering a chart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scripts.core.errors import UserError
from scripts.core.runner import Subprocess
from scripts.tiltfile.builtins import CONSTANTS, Builtins
from scripts.tiltfile.declared import Declared
from scripts.tiltfile.model import Image
from scripts.tiltfile.signatures import Command, builtin, builtins_of
from scripts.tiltfile.starlark import Interpreter


class _Sketch(Builtins):
    """`answers` are what commands print, by their words; the others print nothing."""

    def __init__(self, declared: Declared, answers: Mapping[str, str]) -> None:
        super().__init__(declared, Subprocess(), {}, lambda line: None)
        self._answers = answers

    @builtin
    def local(self, command: Command, quiet: bool = False, echo_off: bool = False, env: Mapping[str, str] = {}) -> str:
        return self._answers.get(" ".join(command), "")

    @builtin
    def helm(
        self,
        paths: Path,
        name: str = "chart",
        namespace: str = "",
        values: tuple[Path, ...] = (),
        set_: tuple[str, ...] = (),
    ) -> str:
        return ""

    def check_triggers(self, image: Image) -> None:
        """Nothing: what is wrong with the rules is for the caller to find."""

    @builtin
    def k8s_yaml(self, yaml_: tuple[str, ...]) -> None:
        """Nothing: objects have no part in what is declared of images."""


def sketch(tiltfile: Path, answers: Mapping[str, str]) -> tuple[Declared, UserError | None]:
    """The images, with their rules, and the options of resources; and the error, with file and line, before which these
    stand if there is one."""
    declared = Declared([tiltfile])
    table = builtins_of(_Sketch(declared, answers))
    try:
        Interpreter(declared, table, CONSTANTS, "up", lambda line: None).run(tiltfile.absolute())
    except UserError as error:
        return declared, error
    return declared, None
