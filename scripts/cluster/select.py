"""Which cluster a command works on."""

from __future__ import annotations

import os
from collections.abc import Callable

from scripts.cluster import guard, kubeconfig
from scripts.cluster.current.provider import Current
from scripts.cluster.embedded.provider import Embedded
from scripts.cluster.minikube.provider import Minikube
from scripts.cluster.provider import Provider
from scripts.core.errors import UserError
from scripts.core.runner import Runner, Subprocess

# In the order of preference.
PROVIDERS: dict[str, Callable[[Runner], Provider]] = {
    "minikube": lambda runner: Minikube(runner),
    "current": lambda runner: Current(runner),
    "embedded": lambda runner: Embedded(runner),
}


def choose(
    name: str | None = None, runner: Runner | None = None, prepare: Callable[[Embedded], object] | None = None
) -> tuple[Provider, str]:
    """The provider named by its kind or by a kube context (else by TODO_CLUSTER), or else the first that can work; with
    the reason for the choice. No cluster's API is asked anything.

    `prepare` may install what the embedded cluster needs; it is called only when that one's turn has come.
    """
    runner = runner or Subprocess()

    def why_not(provider: Provider) -> str | None:
        if prepare and isinstance(provider, Embedded):
            prepare(provider)
        return provider.available()

    wanted = name or os.environ.get("TODO_CLUSTER") or "auto"
    if wanted == "auto":
        return _automatic(runner, why_not)
    provider = PROVIDERS[wanted](runner) if wanted in PROVIDERS else _of_context(wanted, runner)
    if reason := why_not(provider):
        raise UserError(f"cluster {wanted} cannot be used here: {reason}", "choose another with --cluster")
    return provider, "asked for"


def _automatic(runner: Runner, why_not: Callable[[Provider], str | None]) -> tuple[Provider, str]:
    reasons: list[str] = []
    if os.environ.get("KUBECONFIG"):
        # Set by someone for this command, as Tilt does for all that a Tiltfile runs: that is the cluster meant.
        try:
            current = kubeconfig.read().current
            provider = _of_context(current, runner) if current else None
            reason = why_not(provider) if provider else "it has none in use"
        except UserError as error:
            provider, reason = None, error.what
        if provider and reason is None:
            return provider, f"KUBECONFIG says so: {current}"
        reasons.append(f"not what KUBECONFIG says: {reason}")
    for kind, make in PROVIDERS.items():
        provider = make(runner)
        reason = why_not(provider)
        if reason is None:
            return provider, "; ".join([*reasons, f"{kind} can"])
        reasons.append(f"{kind} cannot: {reason}")
    raise UserError(f"no cluster can run here ({'; '.join(reasons)})", "install Docker or Minikube")


def _of_context(name: str, runner: Runner) -> Provider:
    """The provider for a kube context, or for a profile of Minikube's."""
    if name == Embedded.context:
        return Embedded(runner)
    known = kubeconfig.read()
    context = known.contexts.get(name)
    if context is None:
        profile = Minikube(runner, profile=name)
        if runner.which("minikube") and profile.exists():
            return profile
        choices = ", ".join(["auto", *PROVIDERS, *known.contexts])
        raise UserError(f"there is no cluster provider or kube context {name!r}", f"choose one of: {choices}")
    if guard.product(context) == "minikube" and context.cluster == name and runner.which("minikube"):
        return Minikube(runner, profile=name)
    return Current(runner, context=name)
