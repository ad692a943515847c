"""The programs that are used where they are installed, and their versions."""

from __future__ import annotations

import re

from scripts.core import versions
from scripts.core.errors import NotStarted
from scripts.core.runner import Runner
from scripts.core.versions import Supported
from scripts.doctor.finding import Finding, ok, problem, warning

SECONDS = 10.0
# Program, how it tells its version, and what the project needs of it, if anything.
PROGRAMS: tuple[tuple[str, tuple[str, ...], Supported | None], ...] = (
    ("git", ("git", "--version"), None),
    ("minikube", ("minikube", "version", "--short"), versions.MINIKUBE),
    ("tilt", ("tilt", "version"), versions.TILT),
    ("helm", ("helm", "version", "--template", "{{.Version}}"), versions.HELM),
    ("kubectl", ("kubectl", "version", "--client"), None),
)


def tools(runner: Runner, *, own_helm: bool) -> list[Finding]:
    """One line for all that is well, and one for each that is not. The stack runs without Tilt and Minikube, and with
    `own_helm` the cluster brings a Helm that fits."""
    have, lack, found = [], [], []
    for program, argv, supported in PROGRAMS:
        if runner.which(program) is None:
            lack.append(program)
            continue
        needed = program == "helm" and not own_helm
        state, cure = problem if needed else warning, f"install another {program}, or take it off PATH"
        try:
            told = runner.run(argv, check=False, timeout=SECONDS).stdout
        except NotStarted as error:
            found.append(state("tools", error.what, cure))
            continue
        if supported and (needed or program != "helm") and (wrong := supported.problem(told)):
            found.append(state("tools", wrong, cure))
        version = re.search(r"\d+(?:\.\d+)+", told)
        have.append(f"{program} {version[0]}" if version else program)
    without = f"; not installed, and not needed: {', '.join(lack)}" if lack else ""
    return [*found, ok("tools", ", ".join(have) + without)]
