"""Earlier runs of a bench, as JSON lines in the cache, and what has changed since."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scripts.bench.machine import Conditions, Machine
from scripts.core.paths import cache_dir

NOISE = 0.1
"""Share of a figure by which it may differ between two runs of the same code."""

Figures = Mapping[str, float]


@dataclass(frozen=True)
class Before:
    """A figure of an earlier run: when that was, of which commit."""

    value: float
    when: str
    commit: str
    busy: bool


def file(name: str) -> Path:
    """The history of `./dev bench NAME`."""
    return cache_dir() / "bench" / f"{name}.jsonl"


def append(path: Path, conditions: Conditions, figures: Figures) -> None:
    entry = {
        "date": conditions.when,
        "commit": conditions.commit,
        "machine": asdict(conditions.machine),
        "busy": conditions.busy,
        "figures": dict(figures),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lines:
        lines.write(json.dumps(entry, ensure_ascii=False) + "\n")


def latest(path: Path, machine: Machine) -> dict[str, Before]:
    """The newest value of each figure that was measured on the same machine; its kernel may have been another."""
    found: dict[str, Before] = {}
    for entry in _entries(path):
        if _same(entry["machine"], machine):
            about = entry["date"], entry["commit"], entry["busy"]
            found |= {name: Before(value, *about) for name, value in entry["figures"].items()}
    return found


def changes(before: Mapping[str, Before], now: Figures, words: tuple[str, str] = ("SLOWER", "faster")) -> list[str]:
    """A line for each figure that differs by more than noise, the worst first, and one about the rest. `words` name a
    figure that has grown and one that has shrunk."""
    compared = {name: (before[name], value) for name, value in now.items() if name in before}
    if not compared:
        return ["no earlier run on this machine to compare with"]
    growth = {name: value / max(old.value, 1e-9) - 1 for name, (old, value) in compared.items()}
    lines = []
    for name in sorted((name for name in growth if abs(growth[name]) > NOISE), key=lambda name: -growth[name]):
        old, value = compared[name]
        mark, busy = words[growth[name] < 0], ", on a busy machine" if old.busy else ""
        change = f"{old.value:.3f} → {value:.3f}  {growth[name]:+.0%}"
        lines.append(f"{mark}  {name:<34} {change}  since {old.when}, {old.commit}{busy}")
    same = len(compared) - len(lines)
    newest = max((old for old, _ in compared.values()), key=lambda old: old.when)
    lines.append(f"{same} of {len(compared)} figures are within {NOISE:.0%} of the last run ({newest.when})")
    return lines


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    """A line that cannot be read is left out: a run that was cut short must not spoil the next ones."""
    if not path.exists():
        return
    for line in path.read_text(errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and {"date", "commit", "machine", "busy", "figures"} <= entry.keys():
            yield entry


def _same(found: Mapping[str, Any], machine: Machine) -> bool:
    return (found["cores"], found["processor"], round(found["memory"])) == (
        machine.cores, machine.processor, round(machine.memory),
    )  # fmt: skip
