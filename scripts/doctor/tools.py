"""The programs that are used where they are installed, and their versions."""

from __future__ import annotations

import re

from scripts.core import versions
from scripts.core.runner import Runner
from scripts.core.versions import Supported
from scripts.doctor.finding import Finding, ok, problem

SECONDS = 10.0
# Program, how it tells its version, and what the project needs of it, if anything.
PROGRAMS: tuple[tuple[str, tuple[str, ...], Supported | None], ...] = (
    ("git", ("git", "--version"), None),
    ("minikube", ("minikube", "version", "--short"), versions.MINIKUBE),
    ("tilt", ("tilt", "version"), versions.TILT),
    ("helm", ("helm", "version", "--template", "{{.Version}}"), versions.HELM),
    ("kubectl", ("kubectl", "version", "--client"), None),
)


def tools(runner: Runner) -> list[Finding]:
    """One line for all that is well, and one for each that is not."""
    have, lack, found = [], [], []
    for program, argv, supported in PROGRAMS:
        if runner.which(program) is None:
            lack.append(program)
            continue
        told = runner.run(argv, check=False, timeout=SECONDS).stdout
        if supported and (wrong := supported.problem(told)):
            found.append(problem("tools", wrong, f"install another {program}, or take it off PATH"))
        version = re.search(r"\d+(?:\.\d+)+", told)
        have.append(f"{program} {version[0]}" if version else program)
    without = f"; not installed, and not needed: {', '.join(lack)}" if lack else ""
    return [*found, ok("tools", ", ".join(have) + without)]
