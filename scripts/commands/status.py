"""`./dev status`: the cluster, the stack in it, and whether it serves this checkout's code."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from scripts import workloads
from scripts.cluster import api, select
from scripts.cluster.provider import Provider
from scripts.core.errors import UserError
from scripts.core.parallel import start
from scripts.core.ports import PAGE_PORT
from scripts.core.runner import Subprocess
from scripts.stack import FRONTEND_NODE_PORT, LEASE


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--watch", action="store_true", help="print the loop's state after every change, until Ctrl+C")
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")


def run(args: argparse.Namespace) -> int:
    provider, _ = select.choose(args.cluster)
    if args.watch:
        return watch(provider, as_json=args.json)
    # At the same time, as the cluster mostly runs; what comes of it otherwise is not looked at.
    stack = start(lambda: read_stack(provider))
    cluster = provider.status()
    state: dict[str, Any] = {"cluster": asdict(cluster), "workloads": [], "loop": None, "tilt": None, "url": ""}
    if cluster.state == "running":
        state |= stack()
    print(json.dumps(state, indent=2) if args.json else render(state))
    healthy = bool(state["workloads"]) and all(row["state"] != "not ready" for row in state["workloads"])
    return 0 if healthy else 1


def watch(provider: Provider, *, as_json: bool) -> int:
    """One line for each row that changes; as JSON the whole state, one a line. Until the loop or a Ctrl+C ends it."""
    from scripts import engine

    loop = engine.running_loop(api.connect(provider), LEASE)
    if not loop or not loop["port"]:
        raise UserError("no loop runs on this machine", "start it: ./dev up")
    before: dict[str, str] = {}
    try:
        for state in engine.state_changes(loop["port"]):
            if as_json:
                print(json.dumps(state), flush=True)
                continue
            lines = {row["name"]: line_of(row) for row in state["resources"]}
            for name, line in lines.items():
                if before.get(name) != line:
                    print(f"{time.strftime('%H:%M:%S')}  {line}", flush=True)
            before = lines
    except KeyboardInterrupt:
        pass
    return 0


def line_of(row: Mapping[str, Any]) -> str:
    """A row of the loop in one line."""
    revision = f"  revision {row['revision']}" if row["revision"] else ""
    differs = f", the sources are {row['here']}" if row["here"] not in ("", row["revision"]) else ""
    return f"{row['name']:<14} {row['status']:<9}{revision}{differs}  {row['detail'] or row['note']}".rstrip()


def read_stack(provider: Provider) -> dict[str, Any]:
    """What runs on a running cluster."""
    from scripts import engine, tilt

    runner, kube = Subprocess(), api.connect(provider)
    found = workloads.read(kube)
    loop = engine.running_loop(kube, LEASE)
    return {
        "workloads": [{**asdict(workload), "state": workload.state} for workload in found],
        "loop": loop,
        "tilt": tilt.states(runner) if not loop and tilt.runs_this_stack(runner) else None,
        "url": provider.node_url(FRONTEND_NODE_PORT) if found else "",
    }


def render(state: dict[str, Any]) -> str:
    """The state as text."""
    cluster = state["cluster"]
    lines = [
        f"cluster     {cluster['name']}: {cluster['state']}" + (f" ({cluster['detail']})" if cluster["detail"] else "")
    ]
    if cluster["state"] == "running" and not state["workloads"]:
        lines.append("stack       not deployed; run: ./dev up")
    for row in state["workloads"]:
        revision = f"  revision {row['serves']}" if row["serves"] else ""
        if row["state"] == "serves older code":
            revision += f", the sources are {row['sources']}" if row["serves"] else ""
        problem = f"  {row['problem']}" if row["problem"] else ""
        lines.append(f"{row['component']:<11} {row['ready']}/{row['wanted']} {row['state']}{revision}{problem}")
    if state["loop"]:
        port = state["loop"]["port"]
        page = f"see http://localhost:{port}" if port else "without a page on this machine"
        lines += [f"loop        running ({state['loop']['holder']}), {page}"]
        lines += [
            f"            {row['name']}: {row['detail'] if row['status'] == 'error' else row['note']}"
            for row in state["loop"]["resources"]
            if row["status"] == "error" or row.get("note")
        ]
    if state["tilt"] is not None:
        lines += [f"tilt        running, see http://localhost:{PAGE_PORT}"]
        lines += [f"            {name}: {text}" for name, text in state["tilt"].items()]
    if state["url"]:
        lines.append(f"url         {state['url']}")
    return "\n".join(lines)
