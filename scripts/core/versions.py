"""The versions of other products that this project works with: the one table that checks and documentation read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scripts.core.errors import UserError


@dataclass(frozen=True)
class Supported:
    """A product, the oldest version that works and, where it ends, the newest major version."""

    product: str
    oldest: tuple[int, ...]
    newest_major: int | None = None

    def problem(self, version: str) -> str:
        """What is wrong with a version, as the product itself prints it; "" for one that works, or cannot be read."""
        found = re.search(r"\d+(?:\.\d+)*", version)
        if found is None:
            return ""
        numbers = tuple(int(part) for part in found[0].split("."))
        if numbers < self.oldest:
            return f"{self.product} is {found[0]}, {dotted(self.oldest)} or newer is needed"
        if self.newest_major is not None and numbers[0] > self.newest_major:
            return f"{self.product} is {found[0]}, the newest that is known to work is {self.newest_major}"
        return ""

    def check(self, version: str, fix: str = "") -> None:
        """Raise UserError for a version that does not work."""
        if problem := self.problem(version):
            raise UserError(problem, fix or f"install another {self.product}")


def dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))


KUBERNETES = Supported("Kubernetes", (1, 30))
MINIKUBE = Supported("Minikube", (1, 33))
TILT = Supported("Tilt", (0, 37))
HELM = Supported("Helm", (3, 15), newest_major=4)
DOCKER = Supported("Docker", (20, 10))

TABLE = (KUBERNETES, MINIKUBE, TILT, HELM, DOCKER)
