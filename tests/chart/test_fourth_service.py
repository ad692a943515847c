"""docs/fourth-service.md, carried out on a copy of the checkout: the chart, the Tiltfile and the service itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from itertools import takewhile
from pathlib import Path

import httpx
import pytest

from scripts.core.paths import ROOT
from scripts.core.runner import Subprocess
from scripts.engine.proof.reason import explain
from scripts.lint.tree import files
from scripts.revision import revision
from scripts.tiltfile import lint
from scripts.tiltfile.evaluation import evaluate
from scripts.tiltfile.model import Environment, K8sResource
from tests.chart.helm import Helm, HelmError, Object
from tests.chart.manifests import one
from tests.chart.test_graph import allowed
from tests.chart.test_values import OTHER
from tests.documents import code_blocks
from tests.ports import closed_port
from tests.unit.fakes import FakeRunner

NEEDED = ("charts", "scripts", "Tiltfile", "docs")
BASES = {"ca": "", "helm_set": [], "build_args": {}}


def carry_out(checkout: Path) -> None:
    """Do what the guide says: files are made or added to, and commands are run."""
    assert not (ROOT / "clock").exists(), "the guide is carried out here: delete this test, as its chapter 5 says"
    for block in code_blocks("docs/fourth-service.md"):
        if block.language == "sh":
            subprocess.run(["sh", "-euc", block.code], cwd=checkout, check=True)
            continue
        said = block.before.strip().rpartition("\n\n")[2]
        if place := re.match(r"Insert into `(.+?)`, above `(.+?)`", said):
            file, line = checkout / place[1], f"\n{place[2]}\n"
            assert file.read_text().count(line) == 1
            file.write_text(file.read_text().replace(line, f"\n{block.code}{line}"))
            continue
        append, path = re.findall(r"(Append [^`]*)?`([\w.-]+/[\w./-]+)`", said)[0]
        file = checkout / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text((file.read_text() if append else "") + block.code)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("checkout")
    for path in files(Subprocess(), ROOT):
        if path.partition("/")[0] in NEEDED:
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, copy / path)
    (copy / ".venv/bin").mkdir(parents=True)
    (copy / ".venv/bin/python").symlink_to(sys.executable)
    for service in ("backend", "mcp_server", "frontend"):
        (copy / service).symlink_to(ROOT / service)
    carry_out(copy)
    return copy


@pytest.fixture(scope="module")
def rendered(helm: Helm, checkout: Path) -> str:
    chart = checkout / "charts/todo-stack"
    helm.run("lint", "--strict", str(chart))
    return helm.template(chart / "values-dev.yaml", chart=chart)


@pytest.fixture(scope="module")
def objects(helm: Helm, checkout: Path, rendered: str) -> list[Object]:
    chart = checkout / "charts/todo-stack"
    return helm.render(chart / "values-dev.yaml", chart=chart)


@pytest.fixture(scope="module")
def environment(checkout: Path, rendered: str) -> Environment:
    runner = FakeRunner({"./dev bases": (0, json.dumps(BASES), ""), "helm template": (0, rendered, "")})
    return evaluate(checkout / "Tiltfile", "up", runner, arguments=["--services", "clock"])


def test_the_chart_deploys_it_with_what_every_pod_has(objects: list[Object]) -> None:
    (container,) = one(objects, "Deployment", "todo-clock")["spec"]["template"]["spec"]["containers"]
    assert container["image"].startswith("todo-clock:")
    assert container["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert ("backend", "clock", 8090) in allowed(objects, "ingress") & allowed(objects, "egress")


def test_its_requests_are_checked_against_its_limits(helm: Helm, checkout: Path) -> None:
    chart = checkout / "charts/todo-stack"
    with pytest.raises(HelmError, match="clock.resources: the request of memory .9Gi. is above the limit"):
        helm.render({"clock": {"resources": {"requests": {"memory": "9Gi"}}}}, chart=chart)


def test_its_limits_are_above_what_the_tests_of_values_request(helm: Helm, checkout: Path) -> None:
    requests = {name: OTHER[name] for name in ("memory", "ephemeral-storage")}
    chart = checkout / "charts/todo-stack"
    assert helm.render({"clock": {"resources": {"requests": requests}}}, chart=chart)


def test_the_tiltfile_updates_its_sources_in_place(environment: Environment, checkout: Path) -> None:
    resource = next(item for item in environment.resources if item.name == "clock")
    assert isinstance(resource, K8sResource)
    assert resource.images == ("todo-clock",)
    (sync,) = environment.images["todo-clock"].rules.syncs
    assert (sync.source, sync.dest) == (checkout / "clock/server.py", "/app/server.py")
    assert lint.problems(environment.images["todo-clock"]) == []


def test_its_row_in_the_table_of_services_is_the_one_that_the_tiltfile_has(checkout: Path) -> None:
    show = "from scripts.services import by_component as find; s = find('clock'); print(s.folder, s.image, *s.sources)"
    done = subprocess.run([sys.executable, "-c", show], cwd=checkout, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["clock", "todo-clock", "server.py"]


def test_it_reports_the_revision_of_its_files_and_takes_up_a_change(checkout: Path) -> None:
    folder = checkout / "clock"
    port = closed_port()
    env = {**os.environ, "PORT": str(port), "RELOAD": "1"}
    process = subprocess.Popen([sys.executable, "server.py"], cwd=folder, env=env, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        assert served(port, revision(folder, ["server.py"]))
        source = folder / "server.py"
        good = source.read_text()
        source.write_text(f"{good}(")
        broken = revision(folder, ["server.py"])
        log = list(takewhile(lambda line: "does not load" not in line, process.stderr))
        assert explain(log).startswith("SyntaxError: ")
        assert httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).json()["revision"] != broken
        source.write_text(good.replace("time.ctime()", "'noon'"))
        assert served(port, revision(folder, ["server.py"]))
        assert httpx.get(f"http://127.0.0.1:{port}/time", trust_env=False).text == "noon"
        process.terminate()
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_save_while_the_code_is_loaded_is_served_and_not_only_reported(checkout: Path, tmp_path: Path) -> None:
    source, port = tmp_path / "server.py", closed_port()
    good = (checkout / "clock/server.py").read_text()
    source.write_text(good.replace("time.ctime()", "'noon'"))
    wanted = revision(tmp_path, ["server.py"])
    source.rename(tmp_path / "saved.py")
    # By now Python has read the service.
    (tmp_path / "meanwhile.py").write_text("import shutil; shutil.copy('saved.py', 'server.py')\n")
    source.write_text(good.replace("import hashlib\n", "import hashlib\nimport meanwhile\n"))
    env = {**os.environ, "PORT": str(port), "RELOAD": "1"}
    with subprocess.Popen([sys.executable, "server.py"], cwd=tmp_path, env=env) as process:
        try:
            assert served(port, wanted)
            assert httpx.get(f"http://127.0.0.1:{port}/time", trust_env=False).text == "noon"
        finally:
            process.kill()


def served(port: int, wanted: str) -> bool:
    """Wait until the service reports a revision."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).json()["revision"] == wanted:
                return True
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    return False
