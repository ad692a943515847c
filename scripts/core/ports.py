"""Ports of this machine that the project listens on."""

from __future__ import annotations

import os
import re

from scripts.core.errors import UserError
from scripts.core.runner import Runner

# Tilt's default. The page of ./dev up has the same one, as only one of them can run the stack.
PAGE_PORT = 10350


def port_from_env(variable: str, default: int) -> int:
    """The port set by an environment variable, or `default` if it is unset or empty."""
    text = os.environ.get(variable, "")
    if not text:
        return default
    if not text.isdecimal() or not 1024 <= int(text) < 65536:
        raise UserError(f"{variable}={text} is not a port", "set it to a number from 1024 to 65535, or unset it")
    return int(text)


def holder(runner: Runner, port: int) -> str:
    """Who listens on a port of this machine, as "python3 (pid 4711)"; "another program" where nothing says so."""
    for argv, pattern in (
        (["ss", "-Hltnp", f"sport = :{port}"], r'\("(?P<name>[^"]+)",pid=(?P<pid>\d+)'),
        (["lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"], r"(?m)^p(?P<pid>\d+)\nc(?P<name>.+)$"),
    ):
        if runner.which(argv[0]) and (found := re.search(pattern, runner.run(argv, check=False).stdout)):
            return f"{found['name']} (pid {found['pid']})"
    return "another program"
