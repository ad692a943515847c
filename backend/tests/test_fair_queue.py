"""The queue of password hashes."""

import asyncio
from collections.abc import Sequence

import pytest

from app.auth.fair_queue import FairQueue
from app.errors import TooManyRequests, Unavailable

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def _order(queue: FairQueue, keys: Sequence[str]) -> list[str]:
    """In which order these callers, who come while the only slot is taken, are let in."""
    order: list[str] = []

    async def work(key: str) -> None:
        async with queue.turn(key):
            order.append(key)

    async with asyncio.TaskGroup() as tasks, queue.turn("first"):
        for key in keys:
            tasks.create_task(work(key))
            await asyncio.sleep(0)
    return order


async def test_many_requests_for_one_account_do_not_keep_others_waiting() -> None:
    order = await _order(FairQueue(1), ["many", "many", "many", "ada", "bob"])
    assert order == ["many", "ada", "bob", "many", "many"]


async def test_more_than_a_few_for_one_account_are_refused_at_once() -> None:
    queue = FairQueue(1, waiting_per_key=1)
    async with queue.turn("first"):
        waiting = asyncio.create_task(_order(queue, []))
        await asyncio.sleep(0)
        with pytest.raises(TooManyRequests):
            async with queue.turn("first"):
                pass
        waiting.cancel()


async def test_the_queue_is_bounded() -> None:
    queue = FairQueue(1, waiting=2)
    with pytest.raises(ExceptionGroup) as refused:
        await _order(queue, ["a", "b", "c"])
    assert refused.group_contains(Unavailable)


async def test_a_caller_that_gives_up_leaves_its_place_to_the_next() -> None:
    queue = FairQueue(1)
    async with queue.turn("first"):
        gone = asyncio.create_task(_order(queue, []))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
    assert await _order(queue, ["ada"]) == ["ada"]


async def test_a_caller_that_gives_up_as_it_is_let_in_hands_the_slot_on() -> None:
    queue = FairQueue(1)
    async with queue.turn("first"):
        gone = asyncio.create_task(_order(queue, []))
        await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert await _order(queue, ["ada"]) == ["ada"]
