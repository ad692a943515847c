"""CA certificates for a bare Debian, which has none: without them the package index cannot be verified."""

from __future__ import annotations

import os

from scripts.core.errors import NotStarted, UserError
from scripts.core.progress import Steps
from scripts.core.runner import CommandFailed, Runner

FIX = "run: sudo apt-get update && sudo apt-get install ca-certificates (or set SSL_CERT_FILE)"


def install(runner: Runner, steps: Steps) -> None:
    """Install them by apt as root, else raise a UserError with the command to run."""
    if os.geteuid() != 0 or runner.which("apt-get") is None:
        raise UserError("this machine has no CA certificates to verify the package index with", FIX)
    with steps.step("Install ca-certificates (apt)") as step:
        try:
            runner.run(["apt-get", "update", "-qq"], on_line=step.note)
            command = ["apt-get", "install", "-y", "-qq", "ca-certificates"]
            runner.run(command, env={"DEBIAN_FRONTEND": "noninteractive"}, on_line=step.note)
        except (CommandFailed, NotStarted) as error:
            raise UserError(f"apt could not install ca-certificates: {error.what}", FIX) from None
        step.note("")
