"""Random operations on a checkout and its pods, from a seed. Pure: equal seeds give equal operations."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from scripts.services import SERVICES
from tests.loop.soak.steps import (
    Append,
    Chmod,
    Delete,
    KillPod,
    Link,
    Operation,
    Rename,
    Step,
    Switch,
    UntilBegun,
    Write,
)

BRANCHES = ("main", "other")
MIGRATION = "backend/migrations/versions/9999_soak.py"


@dataclass(frozen=True)
class Area:
    """A folder for new files of a service. `comment` and `targets` (of links) suit its files."""

    service: str
    folder: str
    suffix: str
    comment: str
    targets: tuple[str, ...]


AREAS = (
    Area("backend", "backend/app/soak", ".py", "# {}\n", ("../main.py", "../db.py", "../tasks", "../chat")),
    Area("backend", "backend/app/soak", ".json", '"{}"\n', ("../main.py", "../db.py")),
    Area("backend", "backend/migrations/soak", ".mako", "## {}\n", ("../env.py", "../versions")),
    Area("mcp-server", "mcp_server/todo_mcp/soak", ".py", "# {}\n", ("../main.py", "../tools.py")),
    Area("frontend", "frontend/src/soak", ".ts", "export const n = '{}';\n", ("../App.tsx", "../main.tsx", "../chat")),
    Area("frontend", "frontend/public/soak", ".txt", "{}\n", ("../icon.svg", "../../index.html")),
)
# Sources that are edited by a comment, by service.
SOURCES = {
    "backend/app/main.py": ("backend", "# {}\n"),
    "backend/app/tasks/service.py": ("backend", "# {}\n"),
    "backend/migrations/env.py": ("backend", "# {}\n"),
    "mcp_server/todo_mcp/main.py": ("mcp-server", "# {}\n"),
    "mcp_server/todo_mcp/tools.py": ("mcp-server", "# {}\n"),
    "frontend/src/main.tsx": ("frontend", "// {}\n"),
    "frontend/src/chat/Message.tsx": ("frontend", "// {}\n"),
    "frontend/index.html": ("frontend", "<!-- {} -->\n"),
}
# What breaks a service, and where.
BREAKS = {
    "backend/app/main.py": "def broken(:\n",
    "mcp_server/todo_mcp/main.py": "def broken(:\n",
    "frontend/src/main.tsx": "export const broken = (;\n",
}
# What the second branch begins with: several changed files, one of them a new image.
OTHER_BRANCH: tuple[Step, ...] = (
    *(Append(path, comment.format("on the other branch")) for path, (_, comment) in SOURCES.items()),
    Append("mcp_server/requirements.txt", "# on the other branch\n"),
    *(Write(f"{area.folder}/branch{area.suffix}", area.comment.format("on the other branch")) for area in AREAS),
)
PODS = (*(service.component for service in SERVICES), "postgres")


@dataclass
class _Branch:
    """What is in the checkout: new files (path → area, executable), links (path → area), broken paths (→ service)."""

    files: dict[str, tuple[Area, bool]] = field(default_factory=dict)
    links: dict[str, Area] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)


class _Generator:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._number = 0
        other = {f"{area.folder}/branch{area.suffix}": (area, False) for area in AREAS}
        self._branches = {"main": _Branch(), "other": _Branch(files=other)}
        self._on = "main"

    @property
    def _here(self) -> _Branch:
        return self._branches[self._on]

    def operation(self, left: int) -> Operation:
        """The next one, of `left` that are to come with it; the last ones repair what is broken."""
        self._number += 1
        broken = self._here.broken
        if broken and (left <= len(broken) or self._random.random() < 0.4):
            kind, steps = "repair", self._repair()
        else:
            kind, steps = self._any(may_break=left > len(broken) + 1)
        return Operation(self._number, kind, steps, self._wait(left == 1))

    def _wait(self, last: bool) -> str:
        if last:
            return "green"
        if not self._here.broken:
            return self._random.choice(("", "", "green"))
        return self._random.choice(("", self._random.choice(list(self._here.broken.values()))))

    def _any(self, *, may_break: bool) -> tuple[str, tuple[Step, ...]]:
        kinds: dict[str, tuple[int, Callable[[], tuple[Step, ...]]]] = {
            "edit": (20, self._edit),
            "new file": (12, self._create),
            "double save": (12, self._double_save),
            "link": (7, self._link),
            "pod kill": (5, self._kill),
        }
        if self._here.files:
            kinds["rename"] = (12, self._rename)
            kinds["delete"] = (8, self._delete)
            kinds["chmod"] = (7, self._chmod)
            kinds["folder for file"] = (3, self._nest)
        if may_break:
            kinds["syntax error"] = (7, self._break)
            if MIGRATION not in self._here.broken:
                kinds["failing migration"] = (4, self._failing_migration)
        if not self._here.broken:
            kinds["branch switch"] = (6, self._switch)
        weights = [weight for weight, _ in kinds.values()]
        (kind,) = self._random.choices(list(kinds), weights)
        return kind, kinds[kind][1]()

    def _stamp(self) -> str:
        """Nothing else in a soak has this text: no two states of a file are the same."""
        return f"{self._number} {self._random.randrange(10**9)}"

    def _save(self) -> tuple[str, Step]:
        """One save of a source or a new file that is not broken: its service, and the step."""
        good = [path for path in SOURCES if path not in self._here.broken]
        path = self._random.choice([*good, *self._here.files])
        if path in SOURCES:
            service, comment = SOURCES[path]
            return service, Append(path, comment.format(self._stamp()))
        area, _ = self._here.files[path]
        return area.service, Write(path, area.comment.format(self._stamp()))

    def _edit(self) -> tuple[Step, ...]:
        return (self._save()[1],)

    def _double_save(self) -> tuple[Step, ...]:
        service, first = self._save()
        assert isinstance(first, Append | Write)
        again = self._stamp()
        if isinstance(first, Append):
            return first, UntilBegun(service), Append(first.path, SOURCES[first.path][1].format(again))
        area, _ = self._here.files[first.path]
        return first, UntilBegun(service), Write(first.path, area.comment.format(again))

    def _new_path(self, area: Area) -> str:
        return f"{area.folder}/f{self._number}{area.suffix}"

    def _create(self) -> tuple[Step, ...]:
        area = self._random.choice(AREAS)
        path = self._new_path(area)
        self._here.files[path] = (area, False)
        return (Write(path, area.comment.format(self._stamp())),)

    def _file(self) -> str:
        return self._random.choice(list(self._here.files))

    def _rename(self) -> tuple[Step, ...]:
        path = self._file()
        area, executable = self._here.files.pop(path)
        others = [other for other, (its, _) in self._here.files.items() if its == area]
        other_case = f"{area.folder}/{path.rpartition('/')[2].removesuffix(area.suffix).swapcase()}{area.suffix}"
        to = self._random.choice([self._new_path(area), other_case, *others[:1]])
        if any(known.startswith(f"{to}/") for known in (path, *self._here.files)):  # a folder has that name
            to = self._new_path(area)
        self._here.files[to] = (area, executable)
        return (Rename(path, to),)

    def _delete(self) -> tuple[Step, ...]:
        path = self._random.choice([*self._here.files, *self._here.links])
        self._here.files.pop(path, None)
        self._here.links.pop(path, None)
        return (Delete(path),)

    def _chmod(self) -> tuple[Step, ...]:
        path = self._file()
        area, executable = self._here.files[path]
        self._here.files[path] = (area, not executable)
        return (Chmod(path, not executable),)

    def _nest(self) -> tuple[Step, ...]:
        """A folder in the place of a file."""
        path = self._file()
        area, _ = self._here.files.pop(path)
        inner = f"{path}/inner{area.suffix}"
        self._here.files[inner] = (area, False)
        return Delete(path), Write(inner, area.comment.format(self._stamp()))

    def _link(self) -> tuple[Step, ...]:
        """A new link, or another target for one that is there."""
        if self._here.links and self._random.random() < 0.3:
            path = self._random.choice(list(self._here.links))
            area = self._here.links[path]
            target = self._random.choice([target for target in area.targets if suffix(target) == suffix(path)])
        else:
            area = self._random.choice(AREAS)
            target = self._random.choice(area.targets)
            path = f"{area.folder}/l{self._number}{suffix(target)}"
            self._here.links[path] = area
        return (Link(path, target),)

    def _break(self) -> tuple[Step, ...]:
        path = self._random.choice([path for path in BREAKS if path not in self._here.broken] or list(BREAKS))
        self._here.broken[path] = SOURCES[path][0]
        return (Append(path, BREAKS[path] + SOURCES[path][1].format(self._stamp())),)

    def _failing_migration(self) -> tuple[Step, ...]:
        self._here.broken[MIGRATION] = "backend"
        return (Write(MIGRATION, f"raise RuntimeError('soak {self._stamp()}')\n"),)

    def _repair(self) -> tuple[Step, ...]:
        path = self._random.choice(list(self._here.broken))
        del self._here.broken[path]
        if path == MIGRATION:
            return (Delete(path),)
        return (Append(path, SOURCES[path][1].format(self._stamp())),)

    def _switch(self) -> tuple[Step, ...]:
        (self._on,) = (branch for branch in BRANCHES if branch != self._on)
        return (Switch(self._on),)

    def _kill(self) -> tuple[Step, ...]:
        return (KillPod(self._random.choice(PODS)),)


def suffix(path: str) -> str:
    """Of a link that of its target: what reads it goes by the name."""
    return PurePosixPath(path).suffix


def operations(seed: int, count: int) -> list[Operation]:
    """So many operations; nothing is broken after the last one."""
    generator = _Generator(seed)
    return [generator.operation(left) for left in range(count, 0, -1)]
