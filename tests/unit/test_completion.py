"""Completion in a real shell."""

from __future__ import annotations

import re
import subprocess

import pytest

from scripts import completion
from scripts.cli import COMMANDS, parser_of


@pytest.fixture(scope="module")
def script() -> str:
    return completion.script("bash", {name: parser_of(name) for name in COMMANDS})


def completed(script: str, *words: str) -> set[str]:
    """What the shell offers for the last word."""
    line = f"COMP_WORDS=({' '.join(map(repr, words))}); COMP_CWORD={len(words) - 1}"
    ask = f'{line}; _todo_stack_dev; echo "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", f"{script}\n{ask}"], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_commands_are_completed(script: str) -> None:
    assert completed(script, "./dev", "st") == {"status"}
    assert completed(script, "./dev", "") == set(COMMANDS)


def test_options_and_words_of_a_command_are_completed(script: str) -> None:
    assert {"--help", "--once", "--cluster"} <= completed(script, "./dev", "up", "--")
    assert completed(script, "./dev", "cluster", "st") == {"stop", "status"}
    assert "--edits" in completed(script, "./dev", "bench", "loop", "--e")


def test_where_no_word_fits_the_shell_completes_files(script: str) -> None:
    assert completed(script, "./dev", "restore", "back") == set()
    assert "complete -o default" in script


def test_zsh_gets_the_same_by_its_own_emulation() -> None:
    script = completion.script("zsh", {"up": parser_of("up")})
    assert "autoload -U +X bashcompinit && bashcompinit\n" in script
    assert "up) choices='--help --once" in script


def test_zsh_is_not_set_up_again_nor_its_own_variable_used() -> None:
    script = completion.script("zsh", {"up": parser_of("up")})
    assert script.startswith("(( $+functions[compdef] )) || { autoload -U +X compinit && compinit }\n")
    assert not re.search(r"\bwords\b", script)
