"""A release of the previous version's chart and images, in a namespace of its own, to upgrade."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from scripts.bases import base_images
from scripts.cluster import select
from scripts.cluster.provider import Provider, environment
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.docker import build, prepare
from scripts.docker.delivery import deliver
from scripts.images import exact_name
from scripts.services import SERVICES

RELEASES = ROOT / "tests" / "releases"
EARLIER = max(
    (path for path in RELEASES.iterdir() if path.is_dir()), key=lambda path: tuple(map(int, path.name.split(".")))
)
NAMESPACE = "todo-upgrade"
NODE_PORT = 30313


def build_images(provider: Provider, scratch: Path) -> list[str]:
    """Build the images of the frozen sources and deliver them; the values of the chart that name them."""
    runner, steps = Subprocess(), Steps()
    route = provider.image_route()
    engine = prepare.docker(runner, steps, env=route.env)
    args = base_images.ensure(runner, engine, steps).build_args()
    values = []
    for service in SERVICES:
        archive = EARLIER / f"{service.folder}.tar.gz"
        if not archive.exists():
            continue
        with tarfile.open(archive) as sources:
            sources.extractall(scratch / service.folder, filter="data")
        tag = f"{service.image}:{EARLIER.name}-frozen"
        spec = build.Spec(scratch / service.folder, target="final", tag=tag, args=args, secrets=build.ca_secret())
        build.build(runner, engine, spec, tag, "see tests/releases/README.md")
        exact = exact_name(engine, tag)
        deliver(runner, engine, route, tag, exact, steps)
        values.append(f"{service.values}.image.tag={exact.rpartition(':')[2]}")
    return values


@dataclass
class EarlierRelease:
    """`helm` is the program that installs and upgrades, `current` the values that name this checkout's images."""

    provider: Provider
    helm: str
    current: list[str] = field(default_factory=list)

    def run(self, *argv: str, text: str | None = None) -> str:
        env = {**os.environ, **environment(self.provider)}
        done = subprocess.run(argv, cwd=ROOT, env=env, input=text, capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            pytest.fail(f"{' '.join(argv)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def install(self, scratch: Path) -> None:
        """Install the previous chart, with that version's Python services and this checkout's frontend."""
        printed = shlex.split(self.run("./dev", "images"))
        self.current = [value for flag, value in zip(printed, printed[1:], strict=False) if flag == "--set"]
        known = yaml.safe_load(self._helm("show", "values", str(EARLIER / "chart.tgz")))
        common = [value for value in self.current if value.partition(".")[0] in known]
        values = [*common, *build_images(self.provider, scratch), f"frontend.service.nodePort={NODE_PORT}"]
        chart = str(EARLIER / "chart.tgz")
        self._helm("install", "todo", chart, "--create-namespace", *_set(values), "--wait", "--timeout", "5m")

    def upgrade(self, helm: str = "") -> None:
        """Upgrade to the chart and the images of this checkout, as `./dev images` prints it."""
        words = ["--reset-then-reuse-values", *_set(self.current), "--wait", "--timeout", "5m"]
        self._helm("upgrade", "todo", "charts/todo-stack", *words, helm=helm)

    def rollback(self) -> None:
        self._helm("rollback", "todo", "--wait", "--timeout", "5m")

    def test(self) -> str:
        return self._helm("test", "todo")

    def delete(self) -> None:
        """Delete the namespace, without the half minute in which its pods would end as they should."""
        self.run("kubectl", "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false")
        self.run("kubectl", "delete", "pods", "--all", "-n", NAMESPACE, "--force", "--grace-period=0")
        self.run("kubectl", "wait", "namespace", NAMESPACE, "--for=delete", "--timeout=2m")

    def load(self, sql: str) -> None:
        """Replace all that the database holds."""
        self._psql(f"DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n{sql}", "--single-transaction")

    def query(self, sql: str) -> list[str]:
        """The lines that queries print."""
        return self._psql(sql, "--no-align", "--tuples-only").splitlines()

    def pods(self) -> dict[str, str]:
        """UID → name of the pods that are not about to end, without those of the chart's test."""
        items = json.loads(self.run("kubectl", "get", "pods", "-n", NAMESPACE, "-o", "json"))["items"]
        lasting = [item["metadata"] for item in items if item["status"]["phase"] != "Succeeded"]
        return {pod["uid"]: pod["name"] for pod in lasting if "deletionTimestamp" not in pod}

    def _helm(self, *words: str, helm: str = "") -> str:
        return self.run(helm or self.helm, *words, "--namespace", NAMESPACE)

    def _psql(self, sql: str, *options: str) -> str:
        psql = ["psql", "--username=todo", "--dbname=todo", "--quiet", "--set=ON_ERROR_STOP=1", *options]
        return self.run("kubectl", "exec", "-i", "-n", NAMESPACE, "statefulset/todo-postgres", "--", *psql, text=sql)


def choose(helm: str) -> EarlierRelease:
    provider, _ = select.choose()
    return EarlierRelease(provider, helm)


def _set(values: list[str]) -> list[str]:
    return [word for value in values for word in ("--set", value)]
