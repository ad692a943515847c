"""`./dev test`: runs every check of the project, in tiers, and prints a summary."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts import node_packages, stack
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Runner, Subprocess
from scripts.docker import prepare
from scripts.junit import Outcome, read_junit, summary
from scripts.lint.run import run as run_checks

Tier = Callable[[Runner, list[str]], Outcome]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tier", nargs="*", help=f"{', '.join(TIERS)}; default: all but soak and failure, in this order")
    parser.add_argument("-k", metavar="EXPRESSION", help="only the tests that match, in the pytest tiers")


def run(args: argparse.Namespace) -> int:
    names = list(ALL) if args.tier in ([], ["all"]) else list(args.tier)
    for name in names:
        if name not in TIERS:
            raise UserError(f"there is no test tier {name!r}", f"choose from: {', '.join(TIERS)}, all")
    extra = ["-k", args.k] if args.k else []
    outcomes: dict[str, tuple[Outcome, float]] = {}
    for name in names:
        print(f"\n== {name}", flush=True)
        started = time.monotonic()
        try:
            outcome = TIERS[name](Subprocess(), extra)
        except UserError as error:
            print(f"error: {error}", file=sys.stderr)
            outcome = Outcome(ok=False)
        outcomes[name] = (outcome, time.monotonic() - started)
    print("\n" + summary(outcomes))
    return 0 if all(outcome.ok for outcome, _ in outcomes.values()) else 1


def pytest(runner: Runner, where: str, paths: list[str], env: Mapping[str, str] | None = None) -> Outcome:
    """Run pytest in the folder `where` (relative to the checkout)."""
    with TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        argv = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *paths]
        result = runner.run(argv, cwd=ROOT / where, env=env, check=False, on_line=_show)
        return read_junit(report, result.returncode, may_be_empty="-k" in paths)


def folder(path: str, *before: str, options: Sequence[str] = (), env: Mapping[str, str] | None = None) -> Tier:
    """A folder or file of tests; `before` is a `./dev` command that sets up what they need. The caller's own variables
    win over those in `env`."""

    def run(runner: Runner, extra: list[str]) -> Outcome:
        if before and not _dev(runner, *before):
            return Outcome(failed=1, ok=False)
        ours = {name: value for name, value in (env or {}).items() if name not in os.environ}
        return pytest(runner, ".", [path, *options, *extra], ours or None)

    return run


def lint(runner: Runner, extra: list[str]) -> Outcome:
    """The checks of the tree's files that run none of its code."""
    passed, failed = run_checks(runner, _show)
    return Outcome(passed, failed, ok=failed == 0)


def unit(runner: Runner, extra: list[str]) -> Outcome:
    """The tests of scripts/, some of them on a real Docker engine, which is installed and started if need be."""
    try:
        prepare.docker(runner, Steps(), check_space=False)
    except UserError as error:  # the tests that need an engine are skipped by name
        _show(f"warning: {error}")
    return pytest(runner, ".", ["tests/unit", *extra])


def service(where: str) -> Tier:
    """The tests of a Python service; they start their own PostgreSQL."""

    def run(runner: Runner, extra: list[str]) -> Outcome:
        if not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
            prepare.install(runner, [prepare.POSTGRES_PACKAGE], Steps())
        return pytest(runner, where, extra)

    return run


def frontend(runner: Runner, extra: list[str]) -> Outcome:
    """The tests of the frontend, on the pinned Node.js of the Python environment."""
    node = node_packages.ensure(runner, _show)
    with TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        reporters = ["--reporter=default", "--reporter=junit", f"--outputFile.junit={report}"]
        argv = [*node.npm, "test", "--", *reporters]
        tests = runner.run(argv, cwd=node_packages.HOME, env=node.env, check=False, on_line=_show)
        return read_junit(report, tests.returncode)


def chart(runner: Runner, extra: list[str]) -> Outcome:
    """The tests of the chart, rendered by the pinned helm."""
    from scripts.cluster.embedded import node_binaries

    with Steps().step("Find helm, or compile it with the cluster's programs") as step:
        helm = node_binaries.ensure(runner, step) / "helm"
    return pytest(runner, ".", ["tests/chart", *extra], {"TODO_HELM": str(helm)})


def e2e(runner: Runner, extra: list[str]) -> Outcome:
    """The end-to-end tests, after deploying this checkout, unless a loop or Tilt keeps it deployed."""
    from scripts import engine, tilt
    from scripts.cluster import api, select

    if not any(map(runner.which, BROWSERS)) and os.getuid() == 0 and runner.which("apt-get"):
        prepare.install(runner, ["chromium"], Steps())
    loop = None
    with suppress(UserError):  # no cluster yet: `up` creates one
        loop = engine.running_loop(api.connect(select.choose(runner=runner)[0]), stack.LEASE)
    if loop is None and not tilt.answers() and not _dev(runner, "up", "--once"):
        return Outcome(failed=1, ok=False)
    return pytest(runner, ".", ["tests/e2e", *extra])


def _dev(runner: Runner, *words: str) -> bool:
    """Run a ./dev command; whether it succeeded."""
    _show(f"$ ./dev {' '.join(words)}")
    return runner.run([sys.executable, "-m", "scripts", *words], cwd=ROOT, check=False, on_line=_show).returncode == 0


def _show(line: str) -> None:
    print(line, flush=True)


ALL: dict[str, Tier] = {
    "lint": lint,
    "unit": unit,
    "backend": service("backend"),
    "mcp": service("mcp_server"),
    "frontend": frontend,
    "e2e": e2e,
    "loop": folder("tests/loop", "up", "--once", options=["--ignore=tests/loop/test_memory.py"]),
    "install": folder("tests/install", "cluster", "up"),
    "chart": chart,
    "cluster": folder("tests/cluster"),
}

# It takes a quarter of an hour, so it runs only when it is named; `loop` has a short one. Memory is tested here only:
# more edits than a loop keeps updates of would leave the tests after it nothing to count.
SOAK = folder(
    "tests/loop/test_soak.py", "up", "--once",
    options=["tests/loop/test_memory.py", "--capture=no"],
    env={"TODO_SOAK_OPERATIONS": "500", "TODO_MEMORY_EDITS": "200"},
)  # fmt: skip
# It rolls releases out for some minutes under load, and holds the node's kube-proxy meanwhile.
FAILURE = folder("tests/failure", "cluster", "up", options=["--capture=no"])
TIERS: dict[str, Tier] = {**ALL, "soak": SOAK, "failure": FAILURE}
