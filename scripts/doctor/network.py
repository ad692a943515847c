"""Ports and proxies of this machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from scripts.doctor.finding import Finding, ok, problem, warning

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def ports(
    needed: Mapping[int, str],
    forwards: Mapping[int, str],
    free: Callable[[int], bool],
    holder: Callable[[int], str],
    ours: Collection[str],
) -> list[Finding]:
    """Both say what each port is for; the stack runs without `forwards`, and its loop waits for these. `ours` are
    holders that are meant to have them."""
    found = []
    wanted = {**forwards, **needed}
    for port, purpose in wanted.items():
        if free(port) or (who := holder(port)) in ours:
            continue
        cure = (
            f"stop {who}" if who != "another program" else f"find out who has it, as root: ss -ltnp 'sport = :{port}'"
        )
        if "TODO_" in purpose:
            cure += f", or choose another port with {purpose.rpartition(' ')[2]}"
        what = f"{port} is in use by {who}; it is for {purpose}"
        if port in needed:
            found.append(problem("ports", what, cure))
        else:
            found.append(warning("ports", what, f"{cure}; the forward starts when the port is free"))
    return found or [ok("ports", f"{', '.join(map(str, wanted))} are free, or the stack has them")]


def proxies(environ: Mapping[str, str]) -> Finding:
    """Programs that follow HTTP_PROXY would look for the stack behind the proxy."""
    names = [name for each in PROXIES for name in (each, each.lower()) if environ.get(name)]
    if not names:
        return ok("proxies", "none are set")
    excepted = {host for host in re.split(r"[ ,]+", environ.get("NO_PROXY") or environ.get("no_proxy") or "") if host}
    missing = [host for host in LOOPBACK if host not in excepted]
    if "*" in excepted or not missing:
        return ok("proxies", f"{', '.join(names)}, and NO_PROXY excepts this machine")
    what = f"{', '.join(names)} set, and NO_PROXY lacks {', '.join(missing)}: ./dev asks this machine without a proxy "
    what += "all the same, but other programs would ask the proxy for it"
    cure = f"export NO_PROXY={','.join([*sorted(excepted), *missing])}"
    return warning("proxies", what, cure)
