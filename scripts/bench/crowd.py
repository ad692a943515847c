"""Thousands of files beside the edited one: a loop whose effort grows with the size of the checkout gets slow."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FILES = 10_000
A_FOLDER = 100


@dataclass(frozen=True)
class Crowd:
    """`folder` in the checkout must not exist without the crowd."""

    name: str
    folder: str
    about: str

    @contextmanager
    def made(self, checkout: Path, files: int = FILES) -> Iterator[None]:
        top = checkout / self.folder
        # The folders above it that do not exist either go again with it.
        missing = [path for path in (top, *top.parents) if path.is_relative_to(checkout) and not path.exists()][-1]
        try:
            for first in range(0, files, A_FOLDER):
                folder = top / f"{first // A_FOLDER}"
                folder.mkdir(parents=True)
                for number in range(first, min(first + A_FOLDER, files)):
                    (folder / f"{number}.txt").write_text(f"{number}\n")
            yield
        finally:
            shutil.rmtree(missing, ignore_errors=True)


# The ones that are sent to a container come last: to send and remove them may take a loop minutes.
CROWDS = (
    Crowd("ignored", "frontend/node_modules/bench", "below an ignored folder"),
    Crowd("public", "frontend/public/bench", "in frontend/public"),
)
