"""What one step of an operation does: to a file, to the branch, or to a pod."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Write:
    path: str
    text: str


@dataclass(frozen=True)
class Append:
    """The file as it was before the soak, and this line."""

    path: str
    line: str


@dataclass(frozen=True)
class Rename:
    path: str
    to: str


@dataclass(frozen=True)
class Delete:
    """A file or link, and the folders that this leaves empty."""

    path: str


@dataclass(frozen=True)
class Chmod:
    path: str
    executable: bool


@dataclass(frozen=True)
class Link:
    """In place of a link that is there."""

    path: str
    target: str


@dataclass(frozen=True)
class Switch:
    """Commit everything, and check out another branch."""

    branch: str


@dataclass(frozen=True)
class KillPod:
    component: str


@dataclass(frozen=True)
class UntilBegun:
    """Go on when the update of a service has begun."""

    service: str


Step = Write | Append | Rename | Delete | Chmod | Link | Switch | KillPod | UntilBegun


@dataclass(frozen=True)
class Operation:
    """`wait` says what to wait for before the next one: "green" for all rows, the name of a service for its row to be
    red, "" for nothing."""

    number: int
    kind: str
    steps: tuple[Step, ...]
    wait: str

    def __str__(self) -> str:
        wait = {"": "", "green": ", until all is green"}.get(self.wait, f", until {self.wait} is red")
        return f"{self.number:>4} {self.kind}: {'; '.join(map(str, self.steps))}{wait}"
