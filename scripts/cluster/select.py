"""Which cluster a command works on."""

from __future__ import annotations

import os
from collections.abc import Callable

from scripts.cluster.embedded import Embedded
from scripts.cluster.provider import Provider
from scripts.core.errors import UserError
from scripts.core.runner import Runner, Subprocess

PROVIDERS: dict[str, Callable[[Runner], Provider]] = {
    "embedded": lambda runner: Embedded(runner),
}


def choose(name: str | None = None, runner: Runner | None = None) -> tuple[Provider, str]:
    """The provider named (or by TODO_CLUSTER), else the first that can work; with the reason for the choice."""
    runner = runner or Subprocess()
    wanted = name or os.environ.get("TODO_CLUSTER") or "auto"
    if wanted != "auto":
        if wanted not in PROVIDERS:
            raise UserError(f"there is no cluster provider {wanted!r}", f"choose one of: auto, {', '.join(PROVIDERS)}")
        provider = PROVIDERS[wanted](runner)
        if why_not := provider.available():
            raise UserError(f"cluster {wanted} cannot be used here: {why_not}", "choose another with --cluster")
        return provider, "asked for"
    reasons: list[str] = []
    for kind, make in PROVIDERS.items():
        provider = make(runner)
        why_not = provider.available()
        if why_not is None:
            return provider, f"{'; '.join(reasons)}; " * bool(reasons) + f"{kind} can"
        reasons.append(f"{kind} cannot: {why_not}")
    raise UserError(f"no cluster can run here ({'; '.join(reasons)})", "install Docker or Minikube")
