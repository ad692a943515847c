"""Completion of commands and options in a shell, made of the command line's own parsers. Pure."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterable, Mapping

# Files are completed where no word fits, which is what most arguments are. No variable is called `words`: zsh has one.
BASH = """\
_todo_stack_dev() {{
    local choices
    if [ "$COMP_CWORD" -eq 1 ]; then
        choices={commands}
    else
        case "${{COMP_WORDS[1]}}" in
{cases}
        esac
    fi
    COMPREPLY=($(compgen -W "$choices" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _todo_stack_dev ./dev dev
"""
# compinit takes long, and asks about unsafe folders: most people's ~/.zshrc has called it.
ZSH_INIT = """\
(( $+functions[compdef] )) || {{ autoload -U +X compinit && compinit }}
autoload -U +X bashcompinit && bashcompinit
"""
SHELLS = {"bash": BASH, "zsh": ZSH_INIT + BASH}


def script(
    shell: str, parsers: Mapping[str, argparse.ArgumentParser], more: Mapping[str, Iterable[str]] | None = None
) -> str:
    """The script for a shell that completes these commands; `more` are words for commands whose parsers have none."""
    cases = "\n".join(
        f"            {name}) {_choices(parser, (more or {}).get(name, ()))} ;;" for name, parser in parsers.items()
    )
    return SHELLS[shell].format(commands=shlex.quote(" ".join(parsers)), cases=cases)


def _choices(parser: argparse.ArgumentParser, more: Iterable[str]) -> str:
    """The assignment for a command. After the name of one of its own commands, that one's options."""
    found = [f"choices={shlex.quote(' '.join([*words(parser), *more]))}"]
    inner = {name: each for action in parser._actions for name, each in _commands(action).items()}
    if inner:
        cases = " ".join(f"{name}) choices={shlex.quote(' '.join(words(each)))} ;;" for name, each in inner.items())
        found.append(f'[ "$COMP_CWORD" -eq 2 ] || case "${{COMP_WORDS[2]}}" in {cases} esac')
    return "; ".join(found)


def _commands(action: argparse.Action) -> dict[str, argparse.ArgumentParser]:
    choices = action.choices if isinstance(action.choices, Mapping) else {}
    return {name: each for name, each in choices.items() if isinstance(each, argparse.ArgumentParser)}


def words(parser: argparse.ArgumentParser) -> list[str]:
    """The options of a command, and the words that its arguments may be."""
    found: list[str] = []
    for action in parser._actions:  # argparse has no public way to list them
        found += [*action.option_strings, *map(str, action.choices or ())]
    return [word for word in dict.fromkeys(found) if word != "-h"]
