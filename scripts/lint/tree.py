"""The files of the tree, by the language that they are written in."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path, PurePosixPath

from scripts.core.runner import Runner

# The first pattern that matches a path is its kind. What has none is a shell script, or not checked.
PATTERNS = (
    ("chart", r"charts/[^/]+/(templates/.*|Chart\.yaml|values[^/]*\.yaml|values\.schema\.json|\.helmignore)"),
    ("workflow", r"\.github/workflows/[^/]+\.ya?ml"),
    ("yaml", r".*\.ya?ml|\.yamllint"),
    ("dockerfile", r"(.*/)?Dockerfile"),
    ("markdown", r".*\.md"),
    ("python", r".*\.py"),
    ("go", r".*\.go"),
    ("frontend", r"frontend/.*\.(ts|tsx|js|mjs)|frontend/[^/]+\.jsonc?"),
    # The page of ./dev up: served as it is written, and checked by the frontend's tools.
    ("javascript", r".*\.(js|mjs|cjs|ts|tsx)"),
)
SHELLS = re.compile(rb"#! ?/(usr/)?bin/(env )?(ba|da)?sh\b")
# A chart's templates are YAML only once Helm has rendered them; its other files are plain YAML.
PLAIN_CHART_YAML = re.compile(r"charts/[^/]+/[^/]+\.yaml")


def files(runner: Runner, root: Path) -> list[str]:
    """What git tracks or would track if it was added, relative to `root`."""
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]
    listed = runner.run(argv, cwd=root)
    return sorted(path for path in listed.stdout.split("\0") if path and (root / path).is_file())


def kind(path: str, start: bytes) -> str:
    """The language of the file at `path`, whose content begins with `start`; "" for one that no check reads."""
    for name, pattern in PATTERNS:
        if re.fullmatch(pattern, path):
            return name
    return "shell" if SHELLS.match(start) or PurePosixPath(path).suffix == ".sh" else ""


def by_kind(root: Path, paths: list[str]) -> dict[str, list[str]]:
    """The paths, sorted into their kinds."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        with (root / path).open("rb") as file:
            found[kind(path, file.read(64))].append(path)
    return found


def yaml_files(found: dict[str, list[str]]) -> list[str]:
    """The files that are YAML as they are."""
    plain = [path for path in found["chart"] if PLAIN_CHART_YAML.fullmatch(path)]
    return [*found["yaml"], *found["workflow"], *plain]
