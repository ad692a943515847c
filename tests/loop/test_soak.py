"""Random operations in any order: no save is lost, and no row is green for what is not served."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator

import pytest

from scripts.bench.edits import Probe
from scripts.core.errors import UserError
from scripts.services import SERVICES
from tests.e2e.deployed import Deployed
from tests.loop.running_loop import RunningLoop
from tests.loop.soak.checkout import Checkout, listing, local_tree, parse_listing
from tests.loop.soak.invariants import differences
from tests.loop.soak.observer import Observer
from tests.loop.soak.operations import operations
from tests.loop.soak.steps import KillPod, Operation, Step, UntilBegun


@pytest.fixture
def checkout(loop: RunningLoop) -> Iterator[Checkout]:
    made = Checkout(loop.folder)
    yield made
    made.close()
    until_green(loop)


@pytest.fixture
def observer(loop: RunningLoop, probe: Probe, checkout: Checkout) -> Iterator[Observer]:
    until_green(loop)
    observing = Observer(loop, probe, tuple(service.component for service in SERVICES))
    observing.start()
    yield observing
    observing.stop()
    print("\n".join(observing.violations()))  # also where the test ended before it asked for them


def test_after_any_operations_every_container_has_the_checkout_and_no_row_was_green_for_anything_else(
    loop: RunningLoop, stack: Deployed, checkout: Checkout, observer: Observer
) -> None:
    count = int(os.environ.get("TODO_SOAK_OPERATIONS") or 60)
    seed = int(os.environ.get("TODO_SOAK_SEED") or random.SystemRandom().randrange(10**6))
    print(f"\n{count} operations; TODO_SOAK_SEED={seed} TODO_SOAK_OPERATIONS={count} repeats them")
    for operation in operations(seed, count):
        print(operation, flush=True)
        for step in operation.steps:
            take(step, loop, stack, checkout, observer)
        wait(operation, loop)
    until_equal(loop, stack)
    observer.stop()
    assert not observer.violations()
    assert all(len(readings) > count for readings in observer.readings.values())


def take(step: Step, loop: RunningLoop, stack: Deployed, checkout: Checkout, observer: Observer) -> None:
    if isinstance(step, UntilBegun):
        loop.until_begun(step.service, loop.latest(step.service))
    elif isinstance(step, KillPod):
        observer.killed()
        for pod in list(stack.pods(step.component))[:1]:  # none while the one before ends
            stack.delete_pod(pod)
    else:
        before = time.monotonic()
        checkout.take(step)
        observer.saved(before, str(step))


def wait(operation: Operation, loop: RunningLoop) -> None:
    if operation.wait == "green":
        until_green(loop)
    elif operation.wait:
        loop.until_red(operation.wait)


def until_green(loop: RunningLoop) -> None:
    for service in SERVICES:
        loop.until_served(service.component)
    loop.until(loop.green, "all is green")


def until_equal(loop: RunningLoop, stack: Deployed) -> None:
    """Every container has the same files as the checkout. The last one may be on its way: a mode is in no revision."""
    found: list[str] = []

    def equal() -> bool:
        found[:] = unequal(loop, stack)
        return not found

    try:
        loop.until(equal, "every container has the files of the checkout", 30)
    except UserError as error:
        raise AssertionError("\n".join([*found, error.what])) from None


def unequal(loop: RunningLoop, stack: Deployed) -> list[str]:
    lines = []
    for service in SERVICES:
        local = local_tree(loop.folder / service.folder, service.sources)
        for pod, container in stack.pods(service.component).items():
            listed = stack.kube.execute(stack.namespace, pod, container, listing(service.sources))
            assert listed.status == 0, listed
            lines += [f"{pod}: {line}" for line in differences(local, parse_listing(listed.stdout))]
    return lines
