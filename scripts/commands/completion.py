"""`./dev completion`: prints the completion of `./dev` for a shell."""

from __future__ import annotations

import argparse

from scripts.completion import SHELLS, script


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS)
    parser.epilog = 'bash, in ~/.bashrc: source <(./dev completion bash); zsh, in ~/.zshrc: the same with "zsh"'


def run(args: argparse.Namespace) -> int:
    from scripts.cli import COMMANDS, parser_of

    print(script(args.shell, {name: parser_of(name) for name in COMMANDS}), end="")
    return 0
