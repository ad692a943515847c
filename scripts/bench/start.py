"""`./dev bench start`: measures what a newcomer waits for, from a machine without caches to single commands.

Everything runs in copies of the checkout, as after `git clone`. For a start without a cluster the embedded one is
deleted with all its data; that is measured only if `may_delete` agrees.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.bench.checkout import copy_checkout
from scripts.bench.loop import check_free, up_once
from scripts.bench.machine import Conditions
from scripts.bench.start_report import COLD, FRESH, UP, StartReport, parse_steps
from scripts.bench.statistics import Sample, Series
from scripts.cluster import api, select
from scripts.cluster.embedded.provider import Embedded
from scripts.cluster.provider import Provider
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import CommandFailed, Runner
from scripts.docker.engine import Engine
from scripts.engine import page_port

COMMANDS = (("status",), ("secrets", "--no-prompt"), ("logs",))
# The first installation on a machine makes these.
OWN_IMAGES = ("todo-node", "todo-node-base", "todo-node-pause", "todo-base/*")


def measure(
    runner: Runner, steps: Steps, runs: int, cluster: str | None, may_delete: Callable[[str], bool], *, cold: bool
) -> StartReport:
    provider, why = select.choose(cluster, runner)
    steps.log(f"Cluster: {provider.name} ({why})")
    os.environ["TODO_CLUSTER"] = provider.name
    if provider.status().state == "running":
        check_free(api.connect(provider), page_port())
    skipped = why_kept(provider, may_delete)
    if cold and skipped:
        raise UserError(f"--cold cannot be measured: {skipped}")
    conditions = Conditions.now(runner, provider.name)
    series: dict[str, Series] = {}
    with TemporaryDirectory(prefix="todo-bench-") as scratch:
        folder = copy_checkout(runner, Path(scratch) / "running")
        with steps.step("Bring up the stack"):
            up_once(runner, folder)
        series[UP] = repeat(partial(timed_up, runner, folder), runs, f"./dev {UP}", steps)
        for words in COMMANDS:
            series[words[0]] = repeat(partial(timed, runner, folder, words), runs, f"./dev {words[0]}", steps)
        if not skipped:
            provider.delete()
            clone = copy_checkout(runner, Path(scratch) / "clone", environment=False)
            with steps.step(f"./dev {UP} in a fresh clone, without a cluster"):
                series[FRESH] = Series([timed_up(runner, clone)])
        if cold:
            series[COLD] = Series([from_nothing(runner, steps, provider, Path(scratch))])
            with steps.step("Bring up the stack again, with your own caches"):
                provider.delete()  # its kubeconfig was in the temporary cache
                up_once(runner, folder)
    conditions.end()
    return StartReport(conditions, skipped, series)


def why_kept(provider: Provider, may_delete: Callable[[str], bool]) -> str:
    """Why there cannot be a start without a cluster; "" if there can."""
    if not isinstance(provider, Embedded):
        return f"cluster {provider.name} is not one that ./dev made, so it is not deleted"
    if provider.status().state != "absent" and not may_delete(provider.name):
        return "the cluster would be deleted with all its data, confirm that with --yes"
    return ""


def repeat(once: Callable[[], Sample], runs: int, what: str, steps: Steps) -> Series:
    with steps.step(f"{what}, {runs} times"):
        return Series([once() for _ in range(runs)])


def timed(runner: Runner, folder: Path, words: tuple[str, ...]) -> Sample:
    began = time.monotonic()
    try:
        runner.run(["./dev", *words], cwd=folder)
    except CommandFailed as failed:
        raise UserError(f"./dev {' '.join(words)} failed: {failed.result.last_line()}", "run it by hand") from None
    return Sample(time.monotonic() - began)


def timed_up(runner: Runner, folder: Path, env: Mapping[str, str] | None = None) -> Sample:
    began = time.monotonic()
    printed = up_once(runner, folder, env)
    return Sample(time.monotonic() - began, parse_steps(printed))


def from_nothing(runner: Runner, steps: Steps, provider: Provider, scratch: Path) -> Sample:
    """The first `./dev up --once` of a machine, as far as that can be had without taking it apart."""
    provider.delete()
    images = Engine().images
    for repository in OWN_IMAGES:
        for name in images.tags(repository):
            images.remove(name)
    clone = copy_checkout(runner, scratch / "cold", environment=False)
    with steps.step(f"./dev {UP} with empty caches"):
        return timed_up(runner, clone, empty_caches(scratch / "caches"))


def empty_caches(folder: Path) -> dict[str, str]:
    """Variables that lead every package manager, and this project, to a cache of its own below `folder`."""
    names = {
        "TODO_CACHE_DIR": "todo-stack",
        "XDG_CACHE_HOME": "xdg",
        "GOCACHE": "go-build",
        "GOMODCACHE": "go-mod",
        "npm_config_cache": "npm",
        "PIP_CACHE_DIR": "pip",
        "UV_CACHE_DIR": "uv",
    }
    return {variable: str(folder / name) for variable, name in names.items()}
