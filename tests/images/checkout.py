"""Copies of the checkout's services as other people have them: with other modes and times, and with files that no image
may contain."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from scripts.core.paths import ROOT
from scripts.core.runner import Subprocess
from scripts.lint import tree
from scripts.services import SERVICES

# In every file that no image may contain.
MARKER = "this-must-be-in-no-image-5d1c0f"
HIDDEN = (".env", ".bash_history", ".python_history", ".git-credentials", ".pypirc")
BESIDE = ("id_ed25519", "server.key", "notes.txt", "node_modules/left/package.json")


def copy(to: Path, *, umask: int, time: int) -> Path:
    """Copy what git would check out of the services' folders under this umask; `time` is the files' last change."""
    folders = tuple(f"{service.folder}/" for service in SERVICES)
    for path in tree.files(Subprocess(), ROOT):
        if path.startswith(folders):
            target = to / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, target)
            executable = (ROOT / path).stat().st_mode & 0o100
            target.chmod((0o777 if executable else 0o666) & ~umask)
    for folder, _, names in os.walk(to, topdown=False):
        for name in names:
            os.utime(Path(folder, name), (time, time))
        Path(folder).chmod(0o777 & ~umask)
        os.utime(folder, (time, time))
    return to


def set_traps(root: Path) -> None:
    """Put files into a copy that somebody may well have there, each with the marker in it."""
    for service in SERVICES:
        home = root / service.folder
        sources = [home / name for name in service.sources if (home / name).is_dir()]
        traps = [folder / name for folder in (home, *sources) for name in HIDDEN] + [home / name for name in BESIDE]
        for trap in traps:
            trap.parent.mkdir(parents=True, exist_ok=True)
            trap.write_text(f"{MARKER}\n")
