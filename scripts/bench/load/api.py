"""`./dev bench api`: how many requests a second the stack answers, and how fast, through the frontend.

By a release of the final images with one and with two pods of each service, and beside them a bare FastAPI server that
reads the same rows. Nothing stands in front of that, so one backend is asked without the frontend too. One client alone
shows how long a request takes; many together show how many are answered, and whose processor they need. The mix of all
operations comes last, as its rate is what the stack holds. All run on this machine, the sender too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from scripts.bench.load import bare, operations
from scripts.bench.load.api_report import BARE, DIRECT, ApiReport, Phase
from scripts.bench.load.operations import TASKS, Account
from scripts.bench.load.release import Release, built
from scripts.bench.load.traffic import Limit, Operation, saturate
from scripts.bench.load.usage import Reading, cores
from scripts.bench.loop import cluster_to_measure
from scripts.bench.machine import Conditions, busy_share, cpu_times
from scripts.cluster.provider import Provider
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import Runner

REPLICAS = (1, 2)
WARM_UP = Limit(seconds=3, requests=100)
ALONE = 1


@dataclass(frozen=True)
class Plan:
    """`limit` is for each operation with many clients; one client alone gets half of it."""

    limit: Limit = Limit(seconds=8, requests=5_000)
    clients: int = 16
    replicas: tuple[int, ...] = REPLICAS


def measure(runner: Runner, steps: Steps, plan: Plan, cluster: str | None) -> ApiReport:
    provider, _ = cluster_to_measure(runner, steps, cluster)
    phases: list[Phase] = []
    with built(runner, provider, steps) as release:
        conditions = Conditions.now(runner, provider.name)
        for replicas in plan.replicas:
            with steps.step(f"Install the release with {replicas} of each pod"):
                release.install(replicas, expose_backend=True)
            found, reader = operations.of(release.url)
            phases += series(operations.with_mix(found), str(replicas), plan, release, steps)
            if replicas == plan.replicas[0]:
                direct = operations.direct(found, release.backend_url)
                phases += series(operations.separate(direct), DIRECT, plan, release, steps)
                phases += beside(release, provider, reader, plan, steps)
        conditions.end()
    return ApiReport(conditions, plan.clients, phases)


def beside(release: Release, provider: Provider, reader: Account, plan: Plan, steps: Steps) -> list[Phase]:
    """The bare server, with the same rows in the same database."""
    with bare.running(release, provider) as url:
        ours = titles(f"{release.url}/api/me/tasks?limit={TASKS}", reader.headers)
        theirs = titles(f"{url}/{reader.id}/tasks?limit={TASKS}", {})
        if ours != theirs or len(ours) != TASKS:
            raise UserError(f"the backend has {len(ours)} rows, the bare server other {len(theirs)}", "report this bug")
        return series(operations.separate(bare.operations(url, reader)), BARE, plan, release, steps)


def series(
    rounds: Mapping[str, Sequence[Operation]], served_by: str, plan: Plan, release: Release, steps: Steps
) -> list[Phase]:
    """Each round of operations by one client and by many, after a few requests that do not count."""
    phases = []
    alone = Limit(plan.limit.seconds / 2, plan.limit.requests)
    with release.meter() as meter:
        for name, turns in rounds.items():
            with steps.step(f"{served_by}: {name}") as step:
                saturate(turns, plan.clients, WARM_UP)
                first = WARM_UP.requests
                for clients, limit in ((ALONE, alone), (plan.clients, plan.limit)):
                    before, ticks = meter.read(), cpu_times()
                    timings = saturate(turns, clients, limit, first)
                    busy = busy_share(ticks, cpu_times())
                    phases.append(Phase(served_by, name, clients, timings, by_component(before, meter.read()), busy))
                    first += limit.requests
                step.note(f"{timings.rate:.0f} a second")
    return phases


def by_component(before: Mapping[str, Reading], after: Mapping[str, Reading]) -> dict[str, float]:
    """Processors in use by all pods of each component."""
    found: defaultdict[str, float] = defaultdict(float)
    for name in before:
        found[name.partition(" ")[0]] += cores(before[name], after[name])
    return dict(found)


def titles(url: str, headers: Mapping[str, str]) -> list[str]:
    with httpx.Client(trust_env=False) as http:
        return operations.titles(http, url, dict(headers))
