"""Completion of commands and options in a shell, made of the command line's own parsers. Pure."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping

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


def script(shell: str, parsers: Mapping[str, argparse.ArgumentParser]) -> str:
    """The script for a shell that completes these commands."""
    cases = "\n".join(
        f"            {name}) choices={shlex.quote(' '.join(words(parser)))} ;;" for name, parser in parsers.items()
    )
    return SHELLS[shell].format(commands=shlex.quote(" ".join(parsers)), cases=cases)


def words(parser: argparse.ArgumentParser) -> list[str]:
    """The options of a command, and the words that its arguments may be."""
    found: list[str] = []
    for action in parser._actions:  # argparse has no public way to list them
        found += action.option_strings
        if action.choices is not None:
            found += [str(choice) for choice in action.choices]
            if isinstance(action.choices, Mapping):
                for inner in action.choices.values():
                    found += words(inner) if isinstance(inner, argparse.ArgumentParser) else []
    return [word for word in dict.fromkeys(found) if word != "-h"]
