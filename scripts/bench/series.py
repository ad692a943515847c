"""Edits files under a running loop and measures from outside when each edit is served."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scripts.bench.checkout import Edits, sources
from scripts.bench.crowd import Crowd
from scripts.bench.edits import SERVICES, Probe, stamped
from scripts.bench.loop_process import LoopProcess, ReportedUpdate
from scripts.bench.statistics import Sample, Series
from scripts.core.errors import UserError
from scripts.core.progress import Steps

START_SECONDS = 900.0
EDIT_SECONDS = 60.0
REBUILD_SECONDS = 600.0
WARM_UP = 2
# Between two edits; random, to avoid running in step with anything periodic.
PAUSE_SECONDS = (0.1, 0.4)


def repeat(edit: Callable[[], Sample], count: int, what: str, steps: Steps) -> Series:
    """So many samples, after a few that do not count: the first edits fill caches."""
    samples = []
    with steps.step(f"{what} {count} times") as step:
        for number in range(WARM_UP + count):
            sample = edit()
            step.note(f"the last took {sample.seconds:.3f} s")
            if number >= WARM_UP:
                samples.append(sample)
            time.sleep(random.uniform(*PAUSE_SECONDS))
    return Series(samples)


class LoopBench:
    """Measures one running loop."""

    def __init__(self, loop: LoopProcess, edits: Edits, probe: Probe) -> None:
        self._loop, self._edits, self._probe = loop, edits, probe
        self._texts = {name: (loop.folder / service.source).read_text() for name, service in SERVICES.items()}
        self._number = 0

    def edit(self, name: str) -> Sample:
        """Save one change and wait until it is served and everything is green."""
        service, before = SERVICES[name], self._probe.revision(name)
        self._number += 1
        line = service.added(self._number)
        began = self._edits.write(service.source, self._texts[name] + line)
        served = self._until_served(name, before, began + EDIT_SECONDS)
        stages = {}
        if service.module:
            self._until_compiled(name, service.module, line.strip(";\n"), began + EDIT_SECONDS)
            stages["compiled"] = time.monotonic() - began
        reported = self._until_reported(name, began, EDIT_SECONDS)
        return Sample(served - began, {**reported.stages, **stages}, reported.action)

    def rebuild(self, name: str) -> Sample:
        """Change the dependency file and a source file: the revision identifies the new image."""
        service, before = SERVICES[name], self._probe.revision(name)
        dependencies = (self._loop.folder / service.dependencies).read_text()
        stamp = f"measured at {time.time():.3f}"
        began = self._edits.write(service.dependencies, stamped(dependencies, service.dependencies, stamp))
        self._edits.write(service.source, self._texts[name] + service.added(0))
        served = self._until_served(name, before, began + REBUILD_SECONDS)
        reported = self._until_reported(name, began, REBUILD_SECONDS)
        if reported.action not in ("", "rebuild"):
            raise UserError(f"a change of {service.dependencies} did not rebuild {name} (loop: {reported.action})")
        return Sample(served - began, reported.stages, reported.action)

    @contextmanager
    def beside(self, crowd: Crowd) -> Iterator[None]:
        """With thousands of other files in the checkout, once the loop has dealt with them."""
        with crowd.made(self._loop.folder):
            self.until_settled(EDIT_SECONDS)
            yield

    def until_settled(self, seconds: float) -> None:
        """Wait until every service serves the current sources, and the loop is idle."""
        wanted = {name: sources(self._loop.folder, name) for name in SERVICES}
        for name, revision in wanted.items():
            self._until_revision(name, revision, seconds)
        self._loop.until(self._loop.green, "the loop is green", seconds)

    def _until_revision(self, name: str, revision: str, seconds: float) -> None:
        self._loop.until(lambda: self._probe.revision(name) == revision, f"{name} serves revision {revision}", seconds)

    def _until_served(self, name: str, before: str, deadline: float) -> float:
        def wanted() -> str:
            return sources(self._loop.folder, name)

        return self._probe.until_changed(name, before, wanted, deadline, self._loop.check_alive)

    def _until_compiled(self, name: str, module: str, code: str, deadline: float) -> None:
        while code not in self._probe.text(name, module):
            if time.monotonic() > deadline:
                raise UserError(f"{name} does not deliver {module} with {code!r}", "run ./dev up to see why")

    def _until_reported(self, name: str, began: float, seconds: float) -> ReportedUpdate:
        """The engine's own figures for the update, once it is idle. Raises UserError if the update failed."""
        since = time.time() - (time.monotonic() - began)
        reports: list[ReportedUpdate] = []

        def settled() -> bool:
            reported = self._loop.reported_update(name, since)
            reports[:] = [reported] if reported else []
            return bool(reports) and self._loop.green()

        self._loop.until(settled, f"the loop has recorded an update of {name}", seconds)
        if reports[0].error:
            raise UserError(f"the update of {name} failed: {reports[0].error}", "fix it, then measure again")
        return reports[0]


@contextmanager
def running(loop: LoopProcess, probe: Callable[[], Probe], steps: Steps, name: str) -> Iterator[LoopBench]:
    """Run a loop, and stop it with its edits undone in the checkout; the containers may still have them."""
    edits = Edits(loop.folder)
    try:
        with steps.step(f"Start the loop of {name}"):
            loop.start(START_SECONDS)
            bench = LoopBench(loop, edits, probe())
            bench.until_settled(START_SECONDS)
        yield bench
    finally:
        loop.stop()
        edits.undo()
