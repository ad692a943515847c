"""What can happen to a Kubernetes resource, and what its worker can do: the events and actions of `state`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

BUG = "this is a bug in the engine; please report it (TODO_DEBUG=1 shows the trace)"
FIRST_START = "first start"  # without a press of the button


@dataclass(frozen=True)
class Failure:
    """What went wrong and what to do about it. `heals`: it may go away by itself, so it is looked at again; else only a
    save, the button or other pods help. `redeploy`: the next save or button deploys again, whatever it changes."""

    what: str
    fix: str = ""
    heals: bool = False
    redeploy: bool = False

    def __str__(self) -> str:
        return f"{self.what}; {self.fix}" if self.fix else self.what


@dataclass(frozen=True)
class Attempt:
    """An update under way: `at` (monotonic seconds) is when its first file was saved, or when it was asked for."""

    action: Literal["deploy", "sync", "run"]
    why: str
    at: float


# What happens


@dataclass(frozen=True)
class Started:
    """`auto`: without a press of the button."""

    auto: bool
    at: float = 0.0


@dataclass(frozen=True)
class Pressed:
    """Its button: a full rebuild, as with Tilt."""

    at: float = 0.0


@dataclass(frozen=True)
class FilesChanged:
    paths: frozenset[Path]
    at: float = 0.0


@dataclass(frozen=True)
class EventsLost:
    at: float = 0.0


@dataclass(frozen=True)
class Redefined:
    """The Tiltfile says something else; `changed` when that makes other images or objects. `auto`: it starts without
    a press of the button."""

    changed: bool
    manual: bool
    auto: bool
    at: float = 0.0


@dataclass(frozen=True)
class ClusterChanged:
    """Its workloads or pods are not as they were, or a save is held up: it has to be looked at."""


@dataclass(frozen=True)
class Dependencies:
    """`missing`: those of its resource_deps that are not green."""

    missing: tuple[str, ...]


@dataclass(frozen=True)
class Tick:
    """The time of the last Wait is over."""


@dataclass(frozen=True)
class Stopping:
    pass


@dataclass(frozen=True)
class Scanned:
    """`stuck`: the current pods do not start, so that no file sent to them helps."""

    action: Literal["none", "sync", "run", "rebuild"]
    why: str = ""
    modules: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    problem: str = ""
    stuck: bool = False


@dataclass(frozen=True)
class BuildEnded:
    """`problem` names a file that cannot be sent."""

    problem: str = ""


@dataclass(frozen=True)
class ApplyEnded:
    """`modules` are all that are deployed now."""

    modules: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SendEnded:
    """`missed` changed again while they were read. `failure`: a command failed, but its files have arrived. `rebuild`
    is why an update in place cannot do it; `stuck` is as with Scanned."""

    missed: frozenset[Path] = frozenset()
    failure: Failure | None = None
    rebuild: str = ""
    stuck: bool = False


@dataclass(frozen=True)
class Looked:
    """`failure` or `detail` (what it waits for; look again after `poll` seconds), or else served. `compiled` are the
    modules that were asked for and compile."""

    failure: Failure | None = None
    detail: str = ""
    poll: float = 0.0
    compiled: frozenset[str] = frozenset()

    @property
    def served(self) -> bool:
        return self.failure is None and not self.poll


# What to do


@dataclass(frozen=True)
class Scan:
    """Look at these paths, or at everything, and plan."""

    paths: frozenset[Path] = frozenset()
    everything: bool = False


@dataclass(frozen=True)
class Build:
    why: str


@dataclass(frozen=True)
class Apply:
    pass


@dataclass(frozen=True)
class Send:
    pass


@dataclass(frozen=True)
class Look:
    modules: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Wait:
    """For the next event, or a Tick after `seconds`; None: however long it takes."""

    seconds: float | None = None


@dataclass(frozen=True)
class Stop:
    pass


Action = Scan | Build | Apply | Send | Look | Wait | Stop


@dataclass(frozen=True)
class ActionFailed:
    """An action that did not come to an end of its own."""

    action: Action
    failure: Failure


Event = (
    Started | Pressed | FilesChanged | EventsLost | Redefined | ClusterChanged | Dependencies | Tick | Stopping
    | Scanned | BuildEnded | ApplyEnded | SendEnded | Looked | ActionFailed
)  # fmt: skip


@dataclass(frozen=True)
class Record:
    """An update has ended: served, or `error` says why not."""

    attempt: Attempt
    error: str = ""
