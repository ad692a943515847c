"""A release of the final images in a namespace of its own, by the commands that an operator runs."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest

from scripts.cluster import select
from scripts.cluster.provider import environment
from scripts.core.paths import ROOT

NAMESPACE = "todo-operator"
NODE_PORT = 30310
SCRAPERS = '[{"namespaceSelector": {}, "podSelector": {"matchLabels": {"canary": "scraper"}}}]'


@dataclass(frozen=True)
class Operator:
    """Runs programs with the cluster's kubeconfig and tools, as `./dev env` sets them up."""

    env: dict[str, str]
    url: str
    printed: Sequence[str] = ()
    """The command that installs the images, as `./dev images` prints it, with the package of the chart: the chart's own
    tag may be that of images which the node has kept from before."""

    def run(
        self, *argv: str, check: bool = True, cwd: Path = ROOT, text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(argv, cwd=cwd, env=self.env, input=text, capture_output=True, text=True, timeout=600)
        if check and done.returncode != 0:
            pytest.fail(f"{' '.join(argv)}\n{done.stdout}{done.stderr}")
        return done

    def helm(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.run("helm", *words, "--namespace", NAMESPACE, check=check)

    def follow(self, code: str, *, cwd: Path = ROOT, typed: str = "", editor: str = "") -> str:
        """Run the commands of a document in the operator's namespace; returns what they print. `typed` answers their
        questions, and `editor` is the command by which the files that they open are edited."""
        there = replace(self, env={**self.env, "KUBE_EDITOR": editor})
        commands = code.replace("-n todo-stack", f"-n {NAMESPACE}")
        return there.run("bash", "-euo", "pipefail", "-c", commands, cwd=cwd, text=typed).stdout

    @property
    def values(self) -> tuple[str, ...]:
        """The options of helm that name the images, and what the tests want of the release beside them."""
        images = [word for pair in pairwise(self.printed) if pair[0] == "--set" for word in pair]
        port = f"frontend.service.nodePort={NODE_PORT}"
        metrics = f'metrics={{"enabled": true, "scrapers": {SCRAPERS}}}'
        return (*images, "--set", port, "--set-json", metrics)

    def install(self) -> None:
        self.run(*in_namespace(self.printed), *self.values, "--wait", "--timeout", "5m")

    def change(self, *values: str) -> None:
        """Change values of the release, and keep the others."""
        words = ("--reset-then-reuse-values", "--set", ",".join(values), "--wait", "--timeout", "5m")
        self.helm("upgrade", "todo", "charts/todo-stack", *words)

    def upgrade_as_printed(self, checkout: Path) -> None:
        """Build images of the checkout, and run the command that this prints, for the operator's namespace."""
        words = shlex.split(self.run("./dev", "images", cwd=checkout).stdout)
        self.run(*in_namespace(words), "--wait", "--timeout", "5m", cwd=checkout)

    def revision(self) -> str:
        """The revision of the sources in the MCP server's pod."""
        return self.run(
            "kubectl", "-n", NAMESPACE, "exec", "deployment/todo-mcp-server", "--", "cat", "REVISION"
        ).stdout

    def pods(self) -> set[str]:
        """The names of the pods that are not about to end."""
        listed = self.run("kubectl", "-n", NAMESPACE, "get", "pods", "-o", "json").stdout
        pods = [item["metadata"] for item in json.loads(listed)["items"]]
        return {pod["name"] for pod in pods if "deletionTimestamp" not in pod}


def in_namespace(printed: Sequence[str]) -> list[str]:
    words = list(printed)
    words[words.index("-n") + 1] = NAMESPACE
    return words


def of_package(printed: Sequence[str], folder: Path, operator: Operator) -> list[str]:
    """The same command with the chart as `helm package` makes it, which is what people get who have no checkout."""
    chart = next(word for word in printed if (ROOT / word / "Chart.yaml").is_file())
    operator.run("helm", "package", chart, "--destination", str(folder))
    (package,) = folder.glob("*.tgz")
    return [str(package) if word == chart else word for word in printed]


@pytest.fixture(scope="session")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    provider, _ = select.choose()
    env = {**os.environ, **environment(provider)}
    made = Operator(env, provider.node_url(NODE_PORT))
    made.run("kubectl", "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait")
    printed = shlex.split(made.run("./dev", "images").stdout)
    made = replace(made, printed=of_package(printed, tmp_path_factory.mktemp("package"), made))
    try:
        made.install()
        yield made
    finally:
        made.helm("uninstall", "todo", "--wait", check=False)
        made.run("kubectl", "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait")
