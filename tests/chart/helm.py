"""Runs the real Helm on this chart and parses its output."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from scripts.core.paths import ROOT, cache_dir

CHART = ROOT / "charts" / "todo-stack"
TEMPLATE = ("template", "todo", str(CHART), "--kube-version", "1.30.0")
"""Arguments that render the chart. Without a version Helm 3 assumes a cluster that is too old for it."""
Object = dict[str, Any]
Values = Mapping[str, Any]


def find_helm() -> str:
    """$TODO_HELM, or else helm on PATH, or else the newest one built by `./dev`."""
    if named := os.environ.get("TODO_HELM"):
        return named
    built = sorted(cache_dir().glob("bin/*/helm"), key=lambda path: path.stat().st_mtime)
    found = shutil.which("helm") or (str(built[-1]) if built else None)
    if found is None:
        raise FileNotFoundError("no helm: set TODO_HELM, put helm on PATH, or run: ./dev cluster up")
    return found


def parse(text: str) -> list[Object]:
    """Parse a stream of YAML documents, with libyaml if available, which is ten times as fast."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [item for item in yaml.load_all(text, Loader=loader) if item]


class HelmError(Exception):
    """Helm failed; the message is its output."""


@dataclass
class Helm:
    """`helm` with its own home folders, so that the user's plugins and repositories have no effect."""

    program: str
    home: Path
    rendered: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str) -> str:
        # A run takes a tenth of a second, a fifth of it to collect garbage.
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(self.home), "GOGC": "off"}
        argv = [self.program, *arguments]
        result = subprocess.run(argv, capture_output=True, text=True, env=environment, check=False)
        if result.returncode != 0:
            raise HelmError(result.stderr.strip())
        return result.stdout

    def values_arguments(self, overlays: tuple[Values | Path, ...]) -> list[str]:
        """`-f` for each overlay; values given as data are written to a file first."""
        arguments = []
        for overlay in overlays:
            path = overlay if isinstance(overlay, Path) else self.values_file(overlay)
            arguments += ["-f", str(path)]
        return arguments

    def values_file(self, values: Values) -> Path:
        """A file of the values, named after its content, as several may be in use at the same time."""
        text = json.dumps(values)
        path = self.home / f"{hashlib.sha256(text.encode()).hexdigest()}.json"
        if not path.exists():
            path.write_text(text)
        return path

    def template(
        self,
        *overlays: Values | Path,
        release: str = "todo",
        namespace: str = "todo-stack",
        kubernetes: str = "1.30.0",
        chart: Path = CHART,
        again: bool = False,
    ) -> str:
        """The output of `helm template`, cached unless `again`."""
        key = repr((overlays, release, namespace, kubernetes, chart))
        if again or key not in self.rendered:
            where = ["-n", namespace, "--kube-version", kubernetes]
            values = self.values_arguments(overlays)
            self.rendered[key] = self.run("template", release, str(chart), *where, *values)
        return self.rendered[key]

    def render(self, *overlays: Values | Path, **how: Any) -> list[Object]:
        """The objects of `template`, in order."""
        return parse(self.template(*overlays, **how))

    def render_all(self, values: Iterable[Values]) -> list[list[Object]]:
        """The objects of `template` for each of the values; two helms run at the same time."""
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(self.render, values))

    def render_against(self, api: str, *overlays: Values | Path) -> list[Object]:
        """The objects that Helm would apply to the cluster with the API URL `api`."""
        # Helm 3 uses a built-in version, even if it reads everything else from a cluster.
        where = ["-n", "todo-stack", "--kube-apiserver", api, "--kube-version", "1.37.0"]
        where += ["--dry-run=server", "--disable-openapi-validation"]
        text = self.run("template", "todo", str(CHART), *where, *self.values_arguments(overlays))
        return parse(text)
