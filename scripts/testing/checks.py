"""How each tier is set up and run."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress

from scripts import node_packages
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.docker import prepare
from scripts.docker.engine import Engine
from scripts.lint.run import run as run_checks
from scripts.testing import loops
from scripts.testing.junit import NOTHING_COLLECTED, Outcome, add_case, read_junit
from scripts.testing.tier import Check, Run

ARTEFACTS = "TODO_ARTEFACTS"
"""Names the folder where tests/conftest.py keeps what failed tests leave in the cluster."""
NODE_NAME = "TODO_NODE_NAME"
IN_PARALLEL = ("--numprocesses=auto", "--maxprocesses=4", "--dist=loadfile")
"""For tests that share nothing with those of other files, by a process for each processor."""
SERVICES = {"backend": "app", "mcp_server": "todo_mcp"}
"""The folder of each Python service, and its package."""
LEAST_COVERAGE = 95
"""Percent of the lines and branches of a service."""
PATIENCE_SECONDS = 120
"""For interrupted tests to end the loops and delete the releases and nodes that they have made."""


def pytest(run: Run, where: str, words: Sequence[str], env: Mapping[str, str] | None = None) -> Outcome:
    """Run pytest in the folder `where` (relative to the checkout)."""
    run.report.parent.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "pytest", "-q", f"--junitxml={run.report}", *words]
    argv += ["-k", run.match] if run.match else []
    result = run.runner.run(argv, cwd=ROOT / where, env=env, check=False, on_line=run.show, patience=PATIENCE_SECONDS)
    return read_junit(run.report, result.returncode, selected=bool(run.match))


def folder(
    path: str, *before: str, options: Sequence[str] = (), env: Mapping[str, str] | None = None, cluster: str = ""
) -> Check:
    """A folder or file of tests on a cluster; `before` is a `./dev` command that sets up what they need. The caller's
    own variables win over those in `env`, but not over a `cluster` that is named here."""

    def check(run: Run) -> Outcome:
        ours = {name: value for name, value in (env or {}).items() if name not in os.environ}
        ours |= {"TODO_CLUSTER": cluster} if cluster else {}
        if before and not _dev(run, *before, env=ours):
            return Outcome(failed=1, ok=False)
        return pytest(run, ".", [path, *options], {ARTEFACTS: str(run.artefacts), **ours})

    return check


def on_own_node(path: str, settings: Mapping[str, str], *options: str) -> Check:
    """A folder of tests on an embedded node that is made for them, by these variables, and deleted at the end whatever
    happened. A node that the caller's own variables name is the caller's, and stays."""
    tests = folder(path, "cluster", "up", options=options, env=settings, cluster="embedded")
    name = settings[NODE_NAME]

    def check(run: Run) -> Outcome:
        if run.match:
            listing = [sys.executable, "-m", "pytest", "-q", "--collect-only", path, *options, "-k", run.match]
            if run.runner.run(listing, cwd=ROOT, check=False).returncode == NOTHING_COLLECTED:
                return Outcome()
        try:
            return tests(run)
        finally:
            if NODE_NAME not in os.environ and run.runner.which("docker"):
                if not _dev(run, "cluster", "delete", "--cluster", "embedded", "--yes", env=settings):
                    run.show(f"warning: node {name} is left; delete it by: {NODE_NAME}={name} ./dev cluster delete")
                # The command keeps the images for the next cluster; nobody works with this one.
                with suppress(UserError):
                    Engine().containers.remove_volume(f"{name}-images")

    return check


def lint(run: Run) -> Outcome:
    """The checks of the tree's files that run none of its code."""
    run_checks(run.runner, run.show, lambda check, failure: add_case(run.report, "lint", check, failure))
    return read_junit(run.report, 0)


def unit(run: Run) -> Outcome:
    """The tests of scripts/, some of them on a real Docker engine, which is installed and started if need be."""
    try:
        prepare.docker(run.runner, Steps())
    except UserError as error:  # the tests that need an engine are skipped by name
        run.show(f"warning: {error}")
    return pytest(run, ".", ["tests/unit", *IN_PARALLEL])


def service(where: str, *words: str, env: Mapping[str, str] | None = None) -> Check:
    """The tests of a Python service, which start their own PostgreSQL; `words` are for pytest."""

    def check(run: Run) -> Outcome:
        prepare.postgres(run.runner, Steps())
        return pytest(run, where, words, env)

    return check


def coverage(run: Run) -> Outcome:
    """The tests of both Python services again, and how many of the branches of each they run together."""
    prepare.postgres(run.runner, Steps())
    with tempfile.TemporaryDirectory() as folder:
        env = {"COVERAGE_FILE": f"{folder}/data"}
        program = [sys.executable, "-m", "coverage"]
        config = f"--rcfile={ROOT / 'pyproject.toml'}"
        for where in SERVICES:
            tests = [*program, "run", config, "-m", "pytest", "-q"]
            result = run.runner.run(
                tests, cwd=ROOT / where, env=env, check=False, on_line=run.show, patience=PATIENCE_SECONDS
            )
            failure = f"the tests of {where} failed" if result.returncode else None
            add_case(run.report, "coverage", f"tests of {where}", failure)
        run.runner.run([*program, "combine", config], cwd=ROOT, env=env, on_line=run.show)
        for where, package in SERVICES.items():
            wanted = [f"--include={where}/{package}/*", f"--fail-under={LEAST_COVERAGE}"]
            report = [*program, "report", config, *wanted]
            result = run.runner.run(report, cwd=ROOT, env=env, check=False, on_line=run.show)
            failure = f"less than {LEAST_COVERAGE} % of {where} is covered" if result.returncode else None
            add_case(run.report, "coverage", f"branches of {where}", failure)
    return read_junit(run.report, 0)


def frontend(run: Run) -> Outcome:
    """The tests of the frontend, on the pinned Node.js of the Python environment. They start a backend of their own."""
    prepare.postgres(run.runner, Steps())
    node = node_packages.ensure(run.runner, run.show)
    reporters = ["--reporter=default", "--reporter=junit", f"--outputFile.junit={run.report}"]
    argv = [*node.npm, "test", "--", *reporters, *(["-t", run.match] if run.match else [])]
    tests = run.runner.run(argv, cwd=node_packages.HOME, env=node.env, check=False, on_line=run.show)
    return read_junit(run.report, tests.returncode, selected=bool(run.match))


def chart(run: Run) -> Outcome:
    """The tests of the chart, rendered by the pinned helm."""
    from scripts.cluster.embedded import node_binaries

    with Steps().step("Find helm, or compile it with the cluster's programs") as step:
        helm = node_binaries.ensure(run.runner, step) / "helm"
    return pytest(run, ".", ["tests/chart", *IN_PARALLEL], {"TODO_HELM": str(helm)})


def page(run: Run) -> Outcome:
    """The tests of the loop's page, in a browser."""
    _have_browser(run)
    return pytest(run, ".", ["tests/page"])


def app(run: Run) -> Outcome:
    """The tests of the app in a browser; they start all of it."""
    _have_browser(run)
    return pytest(run, ".", ["tests/app"])


def e2e(run: Run) -> Outcome:
    """The end-to-end tests, after deploying this checkout, unless a loop or Tilt keeps it deployed."""
    _have_browser(run)
    if who := loops.holder(run.runner):
        loops.refuse_other_code(run.runner, who)
    return folder("tests/e2e", *([] if who else ["up", "--once"]))(run)


def _have_browser(run: Run) -> None:
    """Install one where that is possible; without one its tests are skipped by name."""
    if os.getuid() == 0 and run.runner.which("apt-get"):
        prepare.chromium(run.runner, Steps())


def _dev(run: Run, *words: str, env: Mapping[str, str] | None = None) -> bool:
    """Run a ./dev command; whether it succeeded."""
    run.show(f"$ ./dev {' '.join(words)}")
    argv = [sys.executable, "-m", "scripts", *words]
    done = run.runner.run(argv, cwd=ROOT, env=env, check=False, on_line=run.show, patience=PATIENCE_SECONDS)
    return done.returncode == 0
