"""`./dev completion`: prints the completion of `./dev` for a shell."""

from __future__ import annotations

import argparse
import shlex

from scripts.completion import SHELLS, script
from scripts.core.paths import ROOT


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS)
    program = shlex.quote(str(ROOT / "dev"))
    parser.epilog = (
        f"for bash, in ~/.bashrc:\n    [ -x {program} ] && source <({program} completion bash)\n"
        'for zsh, in ~/.zshrc: the same with "zsh"'
    )


def run(args: argparse.Namespace) -> int:
    print(of(args.shell), end="")
    return 0


def of(shell: str) -> str:
    """The script for a shell."""
    from scripts.cli import COMMANDS, parser_of
    from scripts.testing.tiers import TIERS

    return script(shell, {name: parser_of(name) for name in COMMANDS}, {"test": [*TIERS, "all"]})
