"""`./dev backup`: writes a dump of the stack's database to a file."""

from __future__ import annotations

import argparse
import os
import shlex
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from scripts.cluster import api, select
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.database import server
from scripts.database.server import Server
from scripts.stack import NAMESPACE

FOLDER = Path(".todo-stack/backups")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        help=f"the file to write, relative to the checkout (default: a new one in {FOLDER})",
    )
    parser.add_argument("--namespace", default=NAMESPACE, help="the namespace of the stack (default: %(default)s)")
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider or kube context (default: auto)")


def run(args: argparse.Namespace) -> int:
    file = ROOT / (args.file or FOLDER / f"todo-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.dump")
    provider, _ = select.choose(args.cluster)
    size = write(server.find(api.connect(provider), args.namespace), file)
    print(f"{size / 1e6:.1f} MB written; to replace the database by it: {restore_command(file, args)}")
    return 0


def restore_command(file: Path, args: argparse.Namespace) -> str:
    """The command that restores into the same database."""
    words = ["./dev", "restore", str(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file)]
    words += ["--namespace", args.namespace] if args.namespace != NAMESPACE else []
    words += ["--cluster", args.cluster] if args.cluster else []
    return shlex.join(words)


def write(source: Server, file: Path) -> int:
    """Dump the database into a new file, which is there only when it is whole, and readable by its owner only, as it
    has everything that users stored; returns its size."""
    if os.path.lexists(file):
        raise _exists(file)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"folder {file.parent} could not be made: {error.strerror}"
        raise UserError(what, "name a file in another folder") from None
    try:
        # Under a name that nobody else has: another backup to the same file may be under way.
        descriptor, part = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.part.")
        try:
            with open(descriptor, "wb") as output:
                source.dump(output.write)
                output.flush()
                os.fsync(descriptor)
            _publish(part, file)
        finally:
            Path(part).unlink(missing_ok=True)
    except FileExistsError:
        raise _exists(file) from None
    except OSError as error:
        what = f"{file} could not be written: {error.strerror or error}"
        raise UserError(what, "free some space, or name a file on another disk") from None
    return file.stat().st_size


def _publish(part: str, file: Path) -> None:
    """Give a whole backup its name. FileExistsError if another file has that by now, which a rename would replace."""
    try:
        os.link(part, file)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links, such as exFAT: take the name first
        file.open("x").close()
        os.replace(part, file)


def _exists(file: Path) -> UserError:
    return UserError(f"{file} exists already", "choose another name: a backup replaces none")
