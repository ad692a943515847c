"""The command line: a table of commands. The module of a command is imported only when the command runs."""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Protocol, cast

from scripts.core import interrupts
from scripts.core.errors import UserError
from scripts.core.runner import Subprocess


class Command(Protocol):
    """The module of a command."""

    def configure(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> int: ...


# name → (module, what it does)
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("scripts.commands.up", "prepare, build, deploy and verify the stack; then watch and update it until Ctrl+C"),
    "ci": ("scripts.commands.ci", "bring the stack up, wait until all is green, and run the end-to-end tests"),
    "down": ("scripts.commands.down", "remove the stack from the cluster; its data too with --volumes, but no backups"),
    "status": ("scripts.commands.status", "show what runs, whether it serves this checkout's code, and the URL"),
    "logs": ("scripts.commands.logs", "show the logs of the whole stack or of one resource"),
    "trigger": ("scripts.commands.trigger", "rebuild or run a resource of the loop, as its button does"),
    "demo-data": ("scripts.commands.demo_data", "add a demo account with some tasks"),
    "reset-database": ("scripts.commands.reset_database", "delete all data of the database, and migrate it again"),
    "backup": ("scripts.commands.backup", "write all data of the database to a file"),
    "restore": ("scripts.commands.restore", "replace all data of the database by those of a backup"),
    "secrets": ("scripts.seed_secrets", "create the development Secret from .env, the environment or a prompt"),
    "images": ("scripts.commands.images", "build the production images and deliver them, for helm install"),
    "lint-tiltfile": ("scripts.commands.lint_tiltfile", "find live updates of the Tiltfile that could not work"),
    "bases": ("scripts.commands.bases", "make sure that the base images of the builds exist, and list them"),
    "doctor": ("scripts.commands.doctor", "say what on this machine is in the way, and the cure of each"),
    "clean": ("scripts.commands.clean", "remove images, programs and environments that nothing uses any more"),
    "cluster": ("scripts.commands.cluster", "start, stop, delete or show the cluster"),
    "api-types": (
        "scripts.commands.api_types",
        "write the types of the page's requests, from the backend's OpenAPI document",
    ),
    "env": ("scripts.commands.env", 'print shell exports for kubectl and helm: eval "$(./dev env)"'),
    "release": ("scripts.commands.release", "set a new version everywhere, or show the current one"),
    "values-docs": ("scripts.commands.values_docs", "write docs/values.md from the chart's values and their schema"),
    "completion": ("scripts.commands.completion", "print the completion of ./dev for bash or zsh"),
    "bench": (
        "scripts.commands.bench",
        "measure edits (loop), starts (start), requests (api), all pods (stack) and pages (page)",
    ),
    "pictures": ("scripts.commands.pictures", "take the pictures in the documents, or one of every view of both pages"),
    "test": ("scripts.commands.test", "run every test that a change needs, or the given tiers"),
}


def with_system_folders(path: str) -> str:
    """`path` with the folders of dockerd and iptables appended; ordinary users and a plain `su` lack them."""
    folders = path.split(os.pathsep)
    return os.pathsep.join([*folders, *(folder for folder in ("/usr/sbin", "/sbin") if folder not in folders)])


def parser_of(name: str) -> argparse.ArgumentParser:
    """The parser of a command's own arguments."""
    about = COMMANDS[name][1]
    parser = argparse.ArgumentParser(
        prog=f"./dev {name}",
        description=about[0].upper() + about[1:] + ".",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _load(name).configure(parser)
    return parser


def _load(name: str) -> Command:
    return cast(Command, importlib.import_module(COMMANDS[name][0]))


def main(argv: Sequence[str]) -> int:
    """Run one command and return the exit status. A UserError is printed as one line on stderr."""
    parser = argparse.ArgumentParser(
        prog="./dev",
        description="The development environment of todo-stack.",
        epilog="commands:\n" + "\n".join(f"  {name:<14} {about}" for name, (_, about) in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="command", help="one of the commands below")
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="…", help="its arguments; see ./dev COMMAND --help")
    if not argv:
        parser.print_help()
        return 2
    chosen = parser.parse_args(argv)
    command = _load(chosen.command)
    own = parser_of(chosen.command)
    args = own.parse_args(chosen.rest)
    os.environ["PATH"] = with_system_folders(os.environ.get("PATH", os.defpath))
    interrupts.install()
    try:
        return command.run(args)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        print(f"interrupted; run ./dev {chosen.command} again to continue", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whatever read our output has ended
        return 141
    except OSError as error:
        if os.environ.get("TODO_DEBUG"):
            traceback.print_exc()
        what = f"{error.strerror or error}"
        if error.filename:
            what += f": {error.filename}; check permissions and free space, or set TODO_CACHE_DIR to another folder"
        elif error.errno == errno.ENOSPC:
            what += "; free some space, or set TODO_CACHE_DIR to a folder on another disk"
        else:
            what += f"; run ./dev {chosen.command} again"
        print(f"error: {what}", file=sys.stderr)
        return 1
    except Exception as error:
        if os.environ.get("TODO_DEBUG"):
            traceback.print_exc()
        where = traceback.extract_tb(error.__traceback__)[-1]
        print(
            f"error: {type(error).__name__}: {error} (in {os.path.basename(where.filename)}:{where.lineno}); "
            "this is a bug in ./dev; please report it with the output of TODO_DEBUG=1 ./dev …",
            file=sys.stderr,
        )
        return 1
    finally:
        Subprocess.end_all()
