"""Statistics of repeated measurements. All times are in seconds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Sample:
    """One measurement; `stages` are its parts as far as they are known, `action` is how an engine names what it did."""

    seconds: float
    stages: Mapping[str, float] = field(default_factory=dict)
    action: str = ""


@dataclass(frozen=True)
class Series:
    """The same thing measured several times."""

    samples: Sequence[Sample]

    @property
    def p50(self) -> float:
        return median(sample.seconds for sample in self.samples)

    @property
    def p95(self) -> float:
        return percentile((sample.seconds for sample in self.samples), 95)

    def stages(self) -> dict[str, dict[str, float]]:
        """Median and 95th percentile of each stage, in the order in which they first occurred."""
        names = dict.fromkeys(name for sample in self.samples for name in sample.stages)
        values = {name: [each.stages[name] for each in self.samples if name in each.stages] for name in names}
        return {name: {"p50": median(of), "p95": percentile(of, 95)} for name, of in values.items()}

    def as_json(self) -> dict[str, Any]:
        seconds = [sample.seconds for sample in self.samples]
        return {"p50": self.p50, "p95": self.p95, "stages": self.stages(), "seconds": seconds}


def percentile(values: Iterable[float], percent: float) -> float:
    """By nearest rank, so always a measured value; of few values the 95th percentile is the largest."""
    ordered = sorted(values)
    return ordered[max(1, math.ceil(len(ordered) * percent / 100)) - 1]
