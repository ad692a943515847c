"""Random events in any order, against a small model of files, containers and a cluster that fails now and then:
green never hides something that is pending, no save is lost, and everything ends."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from scripts.engine.loop.events import (
    Action,
    ActionFailed,
    Apply,
    ApplyEnded,
    Build,
    BuildEnded,
    ClusterChanged,
    Dependencies,
    Event,
    EventsLost,
    Failure,
    FilesChanged,
    Look,
    Looked,
    Pressed,
    Redefined,
    Scan,
    Scanned,
    Send,
    SendEnded,
    Started,
    Stop,
    Tick,
    Wait,
)  # fmt: skip
from scripts.engine.loop.state import State, shown
from scripts.engine.loop.step import decide, observe

FILES = [Path(f"/x/{name}") for name in ("a.py", "b.ts", "deps.txt")]
COUNTED, _, DEPENDENCY = FILES  # one is in the revision that the service tells, one has to be in the image
STEPS = 200


class World:
    """Versions of files (0 where there is none) here, as last scanned, in the image and in the one container. There are
    few of them, so that files come and go, and are put back to what they were."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.here = dict.fromkeys(FILES, 1)
        self.seen = dict(self.here)
        self.building: dict[Path, int] = {}
        self.built: dict[Path, int] = {}
        self.container: dict[Path, int] = {}
        self.uncompiled: set[Path] = set()
        self.fails = True

    def one_in(self, number: int) -> bool:
        return self.fails and self.random.randrange(number) == 0

    def happens(self) -> Event:
        """Something from outside."""
        choice = self.random.randrange(9)
        if choice < 5:
            path = self.random.choice(FILES)
            self.here[path] = self.random.randrange(3)
            return FilesChanged(frozenset({path}), 1.0) if choice < 4 else EventsLost(1.0)
        if choice == 5 and self.container:
            self.container = dict(self.built)  # it restarted
            return ClusterChanged()
        if choice == 6:
            return Pressed(1.0)
        if choice == 7:
            return Redefined(self.random.random() < 0.5, False, self.random.random() < 0.8, 1.0)
        return Dependencies(self.random.choice([(), ("db",)]))

    def run(self, action: Action) -> Event:
        """Carry an action out, as a worker does."""
        failure = Failure("no", heals=self.random.random() < 0.5)
        if not isinstance(action, Wait) and self.one_in(6):
            return ActionFailed(action, failure)
        match action:
            case Scan(paths=paths, everything=everything):
                return self._scan(set(FILES) if everything else set(paths))
            case Build():
                self.building = dict(self.here)
                return BuildEnded()
            case Apply():
                self.built, self.seen, self.container = dict(self.building), dict(self.building), dict(self.building)
                return ApplyEnded()
            case Send():
                if self.one_in(6):
                    return SendEnded(rebuild="no tar")
                lacking = self._lacking()
                missed = frozenset(path for path in lacking if self.seen[path] and not self.here[path])
                for path in lacking - missed:
                    self.container[path] = self.here[path] if self.seen[path] else 0
                return SendEnded(missed, failure if self.one_in(6) else None, stuck=self.one_in(8))
            case Look():
                if self.one_in(4):
                    return Looked(failure)
                if self.one_in(3):
                    return Looked(detail="0/1", poll=0.5)
                stale = self.container[COUNTED] != self.here[COUNTED]
                return Looked(Failure("stale")) if stale else Looked(compiled=action.modules)
            case _:
                return Tick()

    def _scan(self, paths: set[Path]) -> Scanned:
        changed = {path for path in paths if self.seen[path] != self.here[path]}
        self.seen.update({path: self.here[path] for path in changed})
        if DEPENDENCY in changed:
            return Scanned("rebuild", "deps.txt changed")
        changed |= self._lacking()
        if not changed:
            return Scanned("none")
        modules = frozenset(path.name for path in changed if path.suffix == ".ts")
        return Scanned("sync", "files changed", modules, stuck=self.one_in(8))

    def _lacking(self) -> set[Path]:
        return {path for path in FILES if path != DEPENDENCY and self.container[path] != self.seen[path]}

    def is_up_to_date(self) -> bool:
        """The container has every save."""
        return self.container == self.here


def settle(world: World, state: State, check: bool = True) -> State:
    """Run what there is to do until it waits without an end."""
    for _ in range(STEPS):
        state, action = decide(state)
        status, _ = shown(state)
        assert not check or status != "ok" or world.is_up_to_date(), (state, world.here, world.container)
        if isinstance(action, Stop) or action == Wait():
            return state
        state, _ = observe(state, world.run(action))
    raise AssertionError(f"no end: {state}")


@pytest.mark.parametrize("seed", range(200))
def test_green_hides_nothing_and_no_save_is_lost(seed: int) -> None:
    world = World(seed)
    state, _ = observe(State(), Started(True, 1.0))
    for _ in range(80):
        state, action = decide(state)
        status, detail = shown(state)
        assert status != "ok" or world.is_up_to_date(), (state, world.here, world.container)
        assert status not in ("error", "waiting") or detail, "a wait without a reason"
        for _ in range(world.random.choice([0, 0, 1, 2])):
            state, _ = observe(state, world.happens())
        if world.random.random() < 0.8 or not isinstance(action, Wait):
            result = world.run(action)
            meanwhile = [world.happens() for _ in range(world.random.choice([0, 0, 1]))]
            for event in (result, *meanwhile):  # the order in which a worker takes them
                state, _ = observe(state, event)
    world.fails = False
    state, _ = observe(state, Dependencies(()))
    state, _ = observe(state, Redefined(False, False, True, 1.0))
    state, _ = observe(state, FilesChanged(frozenset({FILES[0]}), 1.0))
    state = settle(world, state)
    assert shown(state) == ("ok", "")
    assert world.container == world.here


@pytest.mark.parametrize("seed", range(50))
def test_what_heals_by_itself_turns_green_by_itself(seed: int) -> None:
    world = World(seed)
    world.fails = False
    state = settle(world, observe(State(), Started(True, 1.0))[0])
    state, _ = observe(state, world.happens())
    state, action = decide(state)
    if not isinstance(action, Wait):
        state, _ = observe(state, ActionFailed(action, Failure("no answer", heals=True)))
        assert shown(state)[0] == "error"
    assert shown(settle(world, state)) == ("ok", "")
