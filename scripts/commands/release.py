"""`./dev release`: sets a new version everywhere, or shows the current one."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from scripts.core import text
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.core.runner import Runner, Subprocess
from scripts.release import plan
from scripts.release.places import CHANGELOG, PLACES

NEXT = """\
version {version} is set in {count} files, and CHANGELOG.md is dated. To publish it:
  git commit -am "Release {version}" && git tag v{version}
  helm package charts/todo-stack --destination .todo-stack/releases
  ./dev images --push REGISTRY
If helm is not on PATH, run first: eval "$(./dev env)"
Before the next change, freeze the release for the tests of upgrades, as tests/releases/README.md says."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "version", nargs="?", help="the new version, such as 1.2.3; without it the current one is shown"
    )


def run(args: argparse.Namespace) -> int:
    if args.version is None:
        print(plan.current(read(ROOT)))
        return 0
    count = release(Subprocess(), ROOT, args.version)
    print(NEXT.format(version=args.version, count=count))
    return 0


def release(runner: Runner, root: Path, version: str) -> int:
    """Set the version in a checkout without uncommitted changes; returns how many files changed."""
    before = read(root)
    tagged = bool(runner.run(["git", "tag", "--list", f"v{version}"], cwd=root).stdout.strip())
    after = plan.released(before, version, datetime.now(UTC).date(), tagged=tagged)
    if changes := runner.run(["git", "status", "--porcelain"], cwd=root).stdout.splitlines():
        raise UserError(
            f"the checkout has {len(changes)} uncommitted changes, such as {changes[0][3:]}",
            "commit or stash them: a release is a commit of its own",
        )
    for path, content in after.items():
        (root / path).write_text(content)
    return len(after)


def read(root: Path) -> dict[str, str]:
    """The files that a release changes, by path."""
    return {path: text.read(root / path) for path in sorted({CHANGELOG, *(place.path for place in PLACES)})}
