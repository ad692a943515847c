"""Control characters in what programs print: colours are kept, all else is taken out. Pure."""

from __future__ import annotations

import re

_COMMAND = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]")


def plain(text: str) -> str:
    """As it is read, without any command to a terminal: a log must not be able to write to the one that shows it."""
    return _CONTROL.sub("", _COMMAND.sub("", _shown(text))).replace("\x1b", "")


def coloured(text: str) -> str:
    """With its colours, but no other command."""

    def keep(found: re.Match[str]) -> str:
        return found[0] if _COLOUR.fullmatch(found[0]) else ""

    return _CONTROL.sub("", _COMMAND.sub(keep, _shown(text)))


def _shown(text: str) -> str:
    """What is left on the screen of lines that were written over: a progress bar's last state."""
    lines = text.rstrip("\r\n \t").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)
