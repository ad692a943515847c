"""The built-ins for buttons: a command that a person starts, after a question where it deletes something."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scripts.core.errors import UserError
from scripts.tiltfile.declared import Declared, DeclaredButton, DeclaredCommand, Location, StartOn
from scripts.tiltfile.model import Button
from scripts.tiltfile.signatures import builtin
from scripts.tiltfile.starlark import opaque

LABEL = "commands"


class ButtonBuiltins:
    """Tilt's objects for buttons, as far as a button that runs one command needs them."""

    def __init__(self, declared: Declared) -> None:
        self.out = declared

    @builtin
    def v1alpha1__ui_component_location(self, component_id: str, component_type: str) -> object:
        return opaque(Location(component_id, component_type))

    @builtin
    def v1alpha1__start_on_spec(self, ui_buttons: tuple[str, ...]) -> object:
        return opaque(StartOn(ui_buttons))

    @builtin
    def v1alpha1__ui_button(
        self, name: str, location: Location, text: str, icon_name: str = "", requires_confirmation: bool = False
    ) -> None:
        if name in self.out.buttons:
            raise UserError(f"button {name!r} is defined twice", "rename one of them")
        self.out.buttons[name] = DeclaredButton(self.out.place, text, requires_confirmation)

    @builtin
    def v1alpha1__cmd(self, name: str, args: tuple[str, ...], start_on: StartOn, dir: Path | None = None) -> None:
        if name in self.out.commands:
            raise UserError(f"command {name!r} is defined twice", "rename one of them")
        if not args:
            raise UserError(f"command {name!r} has no args", "give it a program")
        if not start_on.ui_buttons:
            raise UserError(f"command {name!r} starts on no button", "name one of the Tiltfile's")
        for other, command in self.out.commands.items():
            for button in set(start_on.ui_buttons) & set(command.start_on.ui_buttons):
                raise UserError(f"button {button!r} starts command {other!r} already", "give this one its own")
        self.out.commands[name] = DeclaredCommand(args, dir or self.out.directory, start_on)


def buttons(declared: Declared) -> Iterator[Button]:
    """The buttons with their commands. Raises UserError for one that would do nothing."""
    commands = {button: command for command in declared.commands.values() for button in command.start_on.ui_buttons}
    for unknown in commands.keys() - declared.buttons.keys():
        raise UserError(f"a command starts on button {unknown!r}, which does not exist", "name one of the Tiltfile's")
    for name, button in declared.buttons.items():
        if name not in commands:
            raise UserError(f"{button.place}: button {name!r} starts no command", "add a v1alpha1.cmd, or remove it")
        command = commands[name]
        declared.places[name] = button.place
        yield Button(
            name, labels=(LABEL,), manual=True, auto_init=False, argv=command.args, directory=command.directory,
            about=button.text, asks=f"{button.text}?" if button.confirm else "",
        )  # fmt: skip
