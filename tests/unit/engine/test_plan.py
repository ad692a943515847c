"""What a batch of changes does, as a table: rules × changes → plan, beside the answer that Tilt gives.

Tilt's answers were taken by running the whole table through the planner of Tilt 0.37.6 (its NewLiveUpdatePlan and
BoilRuns). Where two files share a target it names that target twice; what the container has afterwards is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from scripts.engine.update.plan import Action, SourceKind, make_plan
from scripts.tiltfile.model import Rules, Run, Sync

ROOT = Path("/src/svc")


def at(*names: str) -> tuple[Path, ...]:
    return tuple(ROOT / name for name in names)


def sync(source: str, dest: str) -> Sync:
    return Sync(ROOT / source, dest)


def run(command: str, *triggers: str) -> Run:
    return Run(("sh", "-c", command), at(*triggers))


MIGRATE = run("cd /app && alembic upgrade head", "migrations")
PYTHON = Rules(
    at("requirements.txt", "Dockerfile"),
    (sync("app", "/app/app"), sync("migrations", "/app/migrations"), sync("alembic.ini", "/app/alembic.ini")),
    (MIGRATE,),
)
NODE = Rules(
    at("package.json", "package-lock.json"),
    (sync("src", "/app/src"), sync("index.html", "/app/index.html"), sync("vite.config.ts", "/app/")),
)
WHOLE = Rules(at("package.json"), (sync(".", "/app"),), (run("npm ci", "package-lock.json"), run("touch /tmp/done")))
NESTED = Rules((), (sync("app/static", "/static"), sync("app", "/app")))
SHADOWED = Rules((), (sync("app", "/app"), sync("app/static", "/static")))
CLASH = Rules((), (sync("a", "/app"), sync("b", "/app")))
STOP_INSIDE = Rules(at("app/settings.py", "app/native"), (sync("app", "/app"),))
RUNS = Rules((), (sync("app", "/app"),), (run("one", "app/a.py"), run("two"), run("three", "app/sub", "app/b.py")))
NO_RULES = Rules()
FILES: dict[str, SourceKind] = {"alembic.ini": "file", "index.html": "file", "vite.config.ts": "file"}


@dataclass(frozen=True)
class Row:
    """A scenario. `gone` are changed files that no longer exist. `tilt` is Tilt's answer in the words of the plan."""

    name: str
    rules: Rules
    changed: Sequence[str] = ()
    gone: Sequence[str] = ()
    action: Action = "none"
    copies: Sequence[str] = ()
    removes: Sequence[str] = ()
    runs: Sequence[str] = ()
    tilt: Action = "none"
    kinds: dict[str, SourceKind] = field(default_factory=dict)


M = "cd /app && alembic upgrade head"
ROWS = [
    Row("no change does nothing", PYTHON, tilt="none"),
    Row("a source file is copied", PYTHON, ["app/main.py"], action="sync", copies=["/app/app/main.py"], tilt="sync"),
    Row("a deep file keeps its place", PYTHON, ["app/a/b/c.py"], action="sync",
        copies=["/app/app/a/b/c.py"], tilt="sync"),
    Row("two files are one update", PYTHON, ["app/b.py", "app/a.py"], action="sync",
        copies=["/app/app/a.py", "/app/app/b.py"], tilt="sync"),
    Row("a new file is copied", PYTHON, ["app/new.py"], action="sync", copies=["/app/app/new.py"], tilt="sync"),
    Row("a deleted file is removed", PYTHON, gone=["app/old.py"], action="sync",
        removes=["/app/app/old.py"], tilt="sync"),
    Row("a rename removes and copies", PYTHON, ["app/new.py"], ["app/old.py"], action="sync",
        copies=["/app/app/new.py"], removes=["/app/app/old.py"], tilt="sync"),
    Row("a move between syncs is right on both sides", PYTHON, ["migrations/x.py"], ["app/x.py"], action="run",
        copies=["/app/migrations/x.py"], removes=["/app/app/x.py"], runs=[M], tilt="run"),
    Row("a migration is copied and applied", PYTHON, ["migrations/versions/1.py"], action="run",
        copies=["/app/migrations/versions/1.py"], runs=[M], tilt="run"),
    Row("a deleted migration runs its trigger too", PYTHON, gone=["migrations/versions/1.py"], action="run",
        removes=["/app/migrations/versions/1.py"], runs=[M], tilt="run"),
    Row("a source and a migration are one update", PYTHON, ["app/a.py", "migrations/env.py"], action="run",
        copies=["/app/app/a.py", "/app/migrations/env.py"], runs=[M], tilt="run"),
    Row("a single file sync goes to its destination", PYTHON, ["alembic.ini"], action="sync",
        copies=["/app/alembic.ini"], tilt="sync"),
    Row("requirements rebuild", PYTHON, ["requirements.txt"], action="rebuild", tilt="rebuild"),
    Row("the Dockerfile in fall_back_on rebuilds", PYTHON, ["Dockerfile"], action="rebuild", tilt="rebuild"),
    Row("a file without a sync rebuilds", PYTHON, ["README.md"], action="rebuild", tilt="rebuild"),
    Row("one unmatched file rebuilds the whole batch", PYTHON, ["app/a.py", "setup.cfg"],
        action="rebuild", tilt="rebuild"),
    Row("one fall back rebuilds the whole batch", PYTHON, ["app/a.py", "requirements.txt"],
        action="rebuild", tilt="rebuild"),
    Row("a deleted unmatched file rebuilds", PYTHON, gone=["setup.cfg"], action="rebuild", tilt="rebuild"),
    Row("a deleted fall back file rebuilds", PYTHON, gone=["requirements.txt"], action="rebuild", tilt="rebuild"),
    Row("a like-named sibling folder is not covered", PYTHON, ["app2/main.py"], action="rebuild", tilt="rebuild"),
    Row("a like-named sibling file is not covered", PYTHON, ["alembic.ini.bak"], action="rebuild", tilt="rebuild"),
    Row("a like-named sibling of a trigger does not fire it", RUNS, ["app/a.pyi"], action="run",
        copies=["/app/a.pyi"], runs=["two"], tilt="run"),
    Row("a single file sync whose source is gone rebuilds", PYTHON, gone=["alembic.ini"], action="rebuild",
        kinds={"alembic.ini": "absent"}, tilt="rebuild"),
    Row("a folder sync whose source is gone rebuilds", PYTHON, gone=["migrations/env.py"], action="rebuild",
        kinds={"migrations": "absent"}, tilt="rebuild"),
    Row("an absent source of another sync does not matter", PYTHON, ["app/a.py"], action="sync",
        copies=["/app/app/a.py"], kinds={"migrations": "absent"}, tilt="sync"),
    Row("a front end source is copied", NODE, ["src/App.tsx"], action="sync", copies=["/app/src/App.tsx"], tilt="sync"),
    Row("a file sync to a folder keeps its name", NODE, ["vite.config.ts"], action="sync",
        copies=["/app/vite.config.ts"], tilt="sync"),
    Row("a folder sync ignores a trailing slash", Rules((), (sync("src", "/app/src/"),)), ["src/a.ts"], action="sync",
        copies=["/app/src/a.ts"], tilt="sync"),
    Row("package.json rebuilds", NODE, ["package.json"], action="rebuild", tilt="rebuild"),
    Row("the lock file rebuilds", NODE, ["package-lock.json"], action="rebuild", tilt="rebuild"),
    Row("an index.html in a folder is not the root's", NODE, ["public/index.html"], action="rebuild", tilt="rebuild"),
    Row("the whole context is a sync", WHOLE, ["lib/a.js"], action="run", copies=["/app/lib/a.js"],
        runs=["touch /tmp/done"], tilt="run"),
    Row("a run without trigger always runs", WHOLE, gone=["lib/a.js"], action="run", removes=["/app/lib/a.js"],
        runs=["touch /tmp/done"], tilt="run"),
    Row("a trigger fires in the order of declaration", WHOLE, ["package-lock.json"], action="run",
        copies=["/app/package-lock.json"], runs=["npm ci", "touch /tmp/done"], tilt="run"),
    Row("fall_back_on wins over a sync that covers it", WHOLE, ["package.json"], action="rebuild", tilt="rebuild"),
    Row("the first sync wins: the inner one declared first", NESTED, ["app/static/a.css"], action="sync",
        copies=["/static/a.css"], tilt="sync"),
    Row("the outer sync takes the rest", NESTED, ["app/main.py"], action="sync", copies=["/app/main.py"], tilt="sync"),
    Row("an inner sync declared later never applies", SHADOWED, ["app/static/a.css"], action="sync",
        copies=["/app/static/a.css"], tilt="sync"),
    Row("of two files for one target the later path wins", CLASH, ["a/x", "b/x"], action="sync",
        copies=["/app/x"], tilt="sync"),
    Row("a target that is removed and copied is copied", CLASH, ["b/x"], ["a/x"], action="sync",
        copies=["/app/x"], tilt="sync"),
    Row("fall_back_on inside of a sync rebuilds", STOP_INSIDE, ["app/settings.py"], action="rebuild", tilt="rebuild"),
    Row("fall_back_on covers a folder", STOP_INSIDE, ["app/native/x.c"], action="rebuild", tilt="rebuild"),
    Row("beside fall_back_on a sync still works", STOP_INSIDE, ["app/native2/x.c"], action="sync",
        copies=["/app/native2/x.c"], tilt="sync"),
    Row("every matching run runs, in order", RUNS, ["app/sub/deep/x.py", "app/a.py"], action="run",
        copies=["/app/a.py", "/app/sub/deep/x.py"], runs=["one", "two", "three"], tilt="run"),
    Row("a run with two triggers runs once", RUNS, ["app/b.py", "app/sub/x.py"], action="run",
        copies=["/app/b.py", "/app/sub/x.py"], runs=["two", "three"], tilt="run"),
    Row("an image without live update rebuilds", NO_RULES, ["app/a.py"], action="rebuild", tilt="rebuild"),
    Row("a name with spaces and quotes is kept", PYTHON, ["app/it's a b.py"], action="sync",
        copies=["/app/app/it's a b.py"], tilt="sync"),
    Row("a hidden file is a file", PYTHON, ["app/.flags"], action="sync", copies=["/app/app/.flags"], tilt="sync"),
    Row("a name that is not ASCII is kept", PYTHON, ["app/é.py"], action="sync", copies=["/app/app/é.py"], tilt="sync"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_plan_of_a_batch(row: Row) -> None:
    kinds: dict[Path, SourceKind] = {ROOT / name: kind for name, kind in {**FILES, **row.kinds}.items()}
    changes = {path: True for path in at(*row.changed)} | {path: False for path in at(*row.gone)}
    plan = make_plan(row.rules, changes, kinds)
    assert plan.action == row.action
    assert [copy.target for copy in plan.copies] == list(row.copies)
    assert list(plan.removes) == list(row.removes)
    assert [step.argv[-1] for step in plan.runs] == list(row.runs)


def test_the_table_agrees_with_tilt() -> None:
    assert [row.name for row in ROWS if row.action != row.tilt] == []


def test_of_two_sources_for_one_target_the_later_is_sent() -> None:
    plan = make_plan(CLASH, {ROOT / "a/x": True, ROOT / "b/x": True}, {})
    assert [copy.source for copy in plan.copies] == [ROOT / "b/x"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ("setup.cfg", "setup.cfg is covered by no sync"),
        ("requirements.txt", "requirements.txt is in fall_back_on"),
        ("app/main.py", "main.py changed"),
    ],
)
def test_a_plan_says_why(changed: str, reason: str) -> None:
    assert make_plan(PYTHON, {ROOT / changed: True}, {}).why == reason
