"""Writes what a cluster looks like when a test has failed: states of pods, events and the ends of logs."""

from __future__ import annotations

import json
from pathlib import Path

from scripts.cluster import select
from scripts.cluster.provider import environment
from scripts.core.errors import UserError
from scripts.core.runner import Runner
from scripts.stack import PART_OF

LOG_LINES = 300
TIMEOUT_SECONDS = 20


def write(runner: Runner, folder: Path) -> None:
    """Write pods.txt, descriptions.txt, events.txt, and NAMESPACE.POD.CONTAINER.log of the stack's pods in all
    namespaces; or cluster.txt with the reason if no cluster can be asked."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        provider, _ = select.choose(runner=runner)
        env = environment(provider)
        listed = runner.run(
            ["kubectl", "get", "pods", "-A", "-l", PART_OF, "-o", "json"], env=env, timeout=TIMEOUT_SECONDS
        ).stdout
    except UserError as error:
        (folder / "cluster.txt").write_text(f"{error}\n")
        return

    def keep(name: str, *words: str) -> None:
        result = runner.run(["kubectl", *words], env=env, timeout=TIMEOUT_SECONDS, check=False)
        (folder / name).write_text(result.stdout + result.stderr)

    keep("pods.txt", "get", "pods", "-A", "-o", "wide")
    keep("descriptions.txt", "describe", "pods", "-A", "-l", PART_OF)
    keep("events.txt", "get", "events", "-A", "--sort-by=.lastTimestamp")
    for namespace, pod, container, restarts in containers(listed):
        log = ["logs", "-n", namespace, pod, "-c", container, f"--tail={LOG_LINES}"]
        keep(f"{namespace}.{pod}.{container}.log", *log)
        if restarts:
            keep(f"{namespace}.{pod}.{container}.previous.log", *log, "--previous")


def containers(listed: str) -> list[tuple[str, str, str, int]]:
    """Namespace, pod, container and its restarts, of all containers that have started in a list of pods as JSON."""
    found = []
    for item in json.loads(listed)["items"]:
        where = item["metadata"]
        for kind in ("initContainerStatuses", "containerStatuses"):
            for status in item["status"].get(kind, []):
                if "waiting" not in status["state"] or status["restartCount"]:
                    found.append((where["namespace"], where["name"], status["name"], status["restartCount"]))
    return found
