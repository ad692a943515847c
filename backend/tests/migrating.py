"""`alembic` as the pods run it."""

import os
import subprocess
import sys
from pathlib import Path

from postgres import BACKEND


def start(url: str, *command: str, checkout: Path = BACKEND, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "alembic", *(command or ("upgrade", "head"))],
        cwd=checkout,
        env={**os.environ, "TODO_DATABASE_URL": url, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: "subprocess.Popen[str]") -> str:
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    return output


def refusal(process: "subprocess.Popen[str]") -> str:
    """The last line of a failed command: what the development loop shows."""
    output, _ = process.communicate(timeout=120)
    assert process.returncode != 0, output
    assert "Traceback" not in output
    return output.splitlines()[-1]
