"""The memory of the pods does not grow with the number of edits."""

from __future__ import annotations

import os
import re

import httpx

from tests.e2e.conftest import User
from tests.e2e.deployed import Deployed
from tests.loop.running_loop import Edits, RunningLoop

WARM_UP = 20
SAME = 10
FILES = {
    "backend": ("backend/app/tasks/service.py", "\nEDIT = 1{:04}\n"),
    "mcp-server": ("mcp_server/todo_mcp/tools.py", "\nEDIT = 1{:04}\n"),
    "frontend": ("frontend/src/main.tsx", "\nexport const edit = '{:04}';\n"),
}
SHARES = "for process in /proc/[0-9]*; do cat $process/smaps_rollup; done 2>/dev/null || true"


def processes(stack: Deployed, component: str) -> list[int]:
    """What each process of a pod has of the memory, in KiB: shared pages are divided among those that share them.

    Without files, such as libraries: they are divided with the processes of other pods, too, which come and go.
    """
    told = stack.execute(component, "sh", "-c", SHARES)
    return [int(share) for share in re.findall(r"^Pss_Anon: +(\d+) kB", told, re.M)]


def memory(loop: RunningLoop, stack: Deployed, component: str) -> int:
    """Of a pod in KiB, once no process comes or goes: those from before an edit end with their last answer."""
    seen: list[list[int]] = []

    def settles() -> bool:
        seen.append(processes(stack, component))
        return len(seen) >= SAME and len({len(each) for each in seen[-SAME:]}) == 1

    loop.until(settles, f"{component} has the same processes", 60)
    return min(sum(each) for each in seen[-SAME:])


def test_the_pods_need_as_much_memory_after_many_edits_as_before(
    loop: RunningLoop, edits: Edits, stack: Deployed, http: httpx.Client, user: User
) -> None:
    count = int(os.environ.get("TODO_MEMORY_EDITS") or 200)
    originals = {name: edits.path(file).read_text() for name, (file, _) in FILES.items()}

    def save(number: int) -> None:
        for name, (file, line) in FILES.items():
            edits.write(file, originals[name] + line.format(number))
        for name in FILES:
            loop.until_served(name)

    def measured() -> dict[str, int]:
        # A process that has just started has not yet what it needs for its first request.
        assert http.get("/api/me/tasks", headers=user.auth).status_code == 200
        return {name: memory(loop, stack, name) for name in FILES}

    for number in range(WARM_UP):
        save(number)
    before = measured()
    for number in range(WARM_UP, WARM_UP + count):
        save(number)
    after = measured()
    print(f"\nKiB before and after {count} edits: {[(name, before[name], after[name]) for name in before]}")
    assert {name: after[name] / before[name] for name in before if after[name] > 1.05 * before[name]} == {}
