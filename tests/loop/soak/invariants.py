"""What must hold during a soak and after it. Pure: from what was saved and what was read to sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Save:
    """`time` is that before the first byte was written, `revision` that of the sources after it."""

    time: float
    revision: str
    what: str


@dataclass(frozen=True)
class Kill:
    """The end of a pod: the rows change without a save."""

    time: float


@dataclass(frozen=True)
class Reading:
    """The revision that a service itself answers ("" without an answer) before and after its row was read."""

    time: float
    before: str
    status: str
    revision: str
    after: str


@dataclass(frozen=True)
class Entry:
    """`content` is the sha256 of a file, or `-> target` of a link."""

    content: str
    executable: bool = False

    def __str__(self) -> str:
        return f"{self.content[:15]}{' executable' if self.executable else ''}"


def wrong_greens(readings: Iterable[Reading]) -> list[str]:
    """Two equal answers of a service, and between them a green row that names another revision."""
    return [
        f"at {reading.time:.2f} the row was green for {reading.revision}, the service served {reading.before}"
        for reading in readings
        if reading.status == "ok"
        and reading.before
        and reading.before == reading.after
        and reading.revision != reading.before
    ]


def stale_greens(events: Iterable[Save | Kill], readings: Sequence[Reading]) -> list[str]:
    """Green rows for sources from before a save that the loop knew of.

    A save is known once its revision, or that of a later one, was shown; or once the row has left green for it. That
    is certain only if the row had been green for the save before, and no pod was killed since.
    """
    timeline = sorted([*events, *readings], key=lambda item: item.time)
    saves: list[Save] = []
    known = 0  # saves[:known] are known
    row: Reading | None = None
    restless = False
    suspect = -1  # the save that the row would leave green for
    found: list[str] = []
    for item in timeline:
        if isinstance(item, Kill):
            restless, suspect = True, -1
        elif isinstance(item, Save):
            at_rest = row is not None and row.status == "ok" and bool(saves) and row.revision == saves[-1].revision
            if at_rest and not restless:
                suspect = len(saves)
            saves.append(item)
        else:
            row = item
            if item.status != "ok":
                if suspect >= 0:
                    known, suspect = max(known, suspect + 1), -1
                continue
            shown = max((number for number, save in enumerate(saves) if save.revision == item.revision), default=-1)
            if 0 <= shown < known - 1:
                late = saves[known - 1]
                found.append(
                    f"at {item.time:.2f} the row was green for {item.revision}, {late.what} was known since before"
                )
            known = max(known, shown + 1)
            if shown == len(saves) - 1:
                restless = False
    return found


def differences(local: Mapping[str, Entry], remote: Mapping[str, Entry]) -> list[str]:
    """What a container has too much, too little, or otherwise than the checkout."""
    lines = [f"{path} is missing" for path in sorted(local.keys() - remote.keys())]
    lines += [f"{path} is left over" for path in sorted(remote.keys() - local.keys())]
    for path in sorted(local.keys() & remote.keys()):
        if local[path] != remote[path]:
            lines.append(f"{path} is {remote[path]}, and {local[path]} in the checkout")
    return lines
