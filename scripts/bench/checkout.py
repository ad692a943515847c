"""A copy of this checkout, whose files can be edited and put back."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from scripts import revision
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.core.runner import Runner
from scripts.services import by_component


def copy_checkout(runner: Runner, target: Path, root: Path = ROOT, *, environment: bool = True) -> Path:
    """Copy the files that git tracks or does not ignore; with `environment` link the Python environment, too."""
    listed = runner.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=root)
    for name in listed.stdout.split("\0"):
        source = root / name
        if name and source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    if environment:
        (target / ".venv").symlink_to((root / ".venv").resolve())
    return target


def sources(checkout: Path, name: str) -> str:
    """The revision of a service's current sources in a checkout."""
    service = by_component(name)
    assert service is not None, name
    return revision.revision(checkout / service.folder, service.sources)


class Edits:
    """Edits files in the loop's folder; `undo` restores all of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before: dict[Path, bytes | None] = {}

    def _remember(self, path: Path) -> None:
        self._before.setdefault(path, path.read_bytes() if path.exists() else None)

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self._folder / name).read_text()
        if old not in text:
            raise UserError(f"{name} has no {old!r} to edit")
        self.write(name, text.replace(old, new, 1))

    def write(self, name: str, text: str) -> float:
        """Save a file as editors do: write a new file, then rename it over the old one. Returns when (monotonic) it was
        renamed."""
        path = self._folder / name
        self._remember(path)
        new = path.with_name(f".{path.name}.new")
        new.write_text(text)
        began = time.monotonic()
        new.replace(path)
        return began

    def rename(self, name: str, other: str) -> None:
        self._remember(self._folder / name)
        self._remember(self._folder / other)
        (self._folder / name).rename(self._folder / other)

    def delete(self, name: str) -> None:
        self._remember(self._folder / name)
        (self._folder / name).unlink()

    def undo(self) -> None:
        for path, content in self._before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
        self._before.clear()
