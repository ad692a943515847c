"""Completion in a real shell."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from scripts import completion
from scripts.cli import COMMANDS, parser_of
from scripts.commands import completion as command
from scripts.core.paths import ROOT, cache_dir
from tests.documents import code_block


@pytest.fixture(scope="module")
def script() -> str:
    return command.of("bash")


def completed(script: str, *words: str) -> set[str]:
    """What the shell offers for the last word."""
    line = f"COMP_WORDS=({' '.join(map(repr, words))}); COMP_CWORD={len(words) - 1}"
    ask = f'{line}; _todo_stack_dev; echo "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", f"{script}\n{ask}"], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def after(commands: str, home: Path) -> str:
    """What a shell completes `dev` by, after it has run commands with another home."""
    (home / "todo-stack").symlink_to(ROOT)
    env = {**os.environ, "HOME": str(home), "TODO_CACHE_DIR": str(cache_dir())}
    argv = ["bash", "-euc", f"{commands}\ncomplete -p dev"]
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout


def test_a_shell_has_it_after_what_contributing_says(tmp_path: Path) -> None:
    commands = code_block("CONTRIBUTING.md", "Set-up", "source <(")
    assert after(commands, tmp_path) == "complete -o default -F _todo_stack_dev dev\n"


def test_every_shell_has_it_after_what_the_page_of_commands_says(tmp_path: Path) -> None:
    commands = code_block("docs/commands.md", "Completion", "[ -x")
    assert after(commands, tmp_path) == "complete -o default -F _todo_stack_dev dev\n"


def test_commands_are_completed(script: str) -> None:
    assert completed(script, "./dev", "st") == {"status"}
    assert completed(script, "./dev", "") == set(COMMANDS)


def test_options_and_words_of_a_command_are_completed(script: str) -> None:
    assert {"--help", "--once", "--cluster"} <= completed(script, "./dev", "up", "--")
    assert completed(script, "./dev", "cluster", "st") == {"stop", "status"}


def test_of_a_command_within_a_command_only_its_own_options_are_completed(script: str) -> None:
    assert "loop" in completed(script, "./dev", "bench", "")
    assert "--edits" in completed(script, "./dev", "bench", "loop", "--e")
    assert completed(script, "./dev", "bench", "page", "--ed") == set()


def test_tiers_are_completed(script: str) -> None:
    assert completed(script, "./dev", "test", "fr") == {"frontend"}
    assert completed(script, "./dev", "test", "frontend", "al") == {"all"}


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
