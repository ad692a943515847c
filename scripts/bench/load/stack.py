"""`./dev bench stack`: what every pod needs under a steady load, beside its requests and limits.

By a release of the final images with the chart's defaults, one pod of each.
"""

from __future__ import annotations

from dataclasses import dataclass

from scripts.bench.load import operations
from scripts.bench.load.operations import READ
from scripts.bench.load.release import NAMESPACE, Release, built, containers, resources, restarts
from scripts.bench.load.stack_report import Container, StackReport
from scripts.bench.load.traffic import Limit, pace, saturate
from scripts.bench.load.usage import Reading, sampled
from scripts.bench.loop import cluster_to_measure
from scripts.bench.machine import Conditions
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import Runner

SAMPLE_SECONDS = 2.0
PEAK_CLIENTS = 16
PEAK = Limit(30, 400)
"""Enough at once for the backend to open all its connections. Otherwise it opens one more whenever enough requests
happen to meet, and a process of PostgreSQL, a fifth of what it has for itself, would look like growth."""


@dataclass(frozen=True)
class Plan:
    minutes: float = 10
    rate: float = 20
    """Requests a second."""


def measure(runner: Runner, steps: Steps, plan: Plan, cluster: str | None) -> StackReport:
    provider, _ = cluster_to_measure(runner, steps, cluster)
    with built(runner, provider, steps) as release:
        conditions = Conditions.now(runner, provider.name)
        with steps.step("Install the release"):
            release.install(1)
        with release.meter() as meter:
            start = meter.read()
            found, _ = operations.of(release.url)
            with steps.step("Fill the pools by a short peak"):
                saturate([found[READ]], PEAK_CLIENTS, PEAK)
            limit = Limit(60 * plan.minutes, int(60 * plan.minutes * plan.rate))
            what = f"{plan.rate:g} requests a second for {plan.minutes:g} minutes"
            with steps.step(what), sampled(meter.read, SAMPLE_SECONDS) as readings:
                timings = pace(operations.mixed(found), plan.rate, limit)
        report = StackReport(conditions, plan.rate, described(release, start, readings), timings, task_bytes(release))
        conditions.end()
        return report


def described(release: Release, start: dict[str, Reading], readings: list[dict[str, Reading]]) -> list[Container]:
    pods = release.pods()
    again, amounts = restarts(pods), resources(pods)
    return [
        Container(
            name, amounts[name].get("requests", {}), amounts[name].get("limits", {}), start[name],
            [each[name] for each in readings], again[name],
        )
        for name in start
    ]  # fmt: skip


def task_bytes(release: Release) -> int:
    """What a task takes of the database's disk, indexes included."""
    pod, container = containers(release.pods())["postgres"]
    sql = "SELECT pg_total_relation_size('tasks') / count(*) FROM tasks"
    argv = ["psql", "-U", "todo", "-d", "todo", "-At", "-c", sql]
    done = release.kube.execute(NAMESPACE, pod, container, argv)
    if done.status != 0:
        raise UserError(f"cannot ask the database for its size: {done.stderr}", "see: ./dev logs postgres")
    return int(done.stdout)
