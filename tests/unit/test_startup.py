"""What a command loads and leaves behind before it does anything: both are most of the time that it takes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.core.paths import ROOT
from tests.unit.cluster.cluster_home import serve_api, write_kubeconfig

HEAVY = ("docker", "httpx", "jsonschema", "kubernetes", "pydantic", "requests", "starlark", "watchdog")
# `-X importtime` names every module on stderr as it is imported.
LOADED = ("-X", "importtime", "-m", "scripts")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """That of a user whose current context is a local cluster; nothing of this machine's user is read."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    for name in ("TODO_CLUSTER", "TODO_PAGE_PORT", "MINIKUBE_HOME", "XDG_CONFIG_HOME"):
        kept.pop(name, None)
    return {**kept, "HOME": str(tmp_path), "TODO_CACHE_DIR": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}


def heavy_modules(env: dict[str, str], *words: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, *LOADED, *words], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120
    )
    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "scripts.cli" in names, done.stderr
    return sorted(names & set(HEAVY))


@pytest.mark.parametrize("words", [["--help"], ["up", "--help"], ["test", "--help"], ["bench", "--help"]])
def test_help_loads_no_heavy_library(env: dict[str, str], words: list[str]) -> None:
    assert heavy_modules(env, *words) == []


@pytest.mark.parametrize("words", [["status"], ["logs", "backend"], ["secrets", "--no-prompt"], ["env"]])
def test_a_command_that_asks_a_cluster_loads_no_heavy_library(env: dict[str, str], words: list[str]) -> None:
    with serve_api() as api:
        env["KUBECONFIG"] = str(write_kubeconfig(Path(env["HOME"]) / "config", "kind-dev", {"kind-dev": api.url}))
        assert heavy_modules(env, *words) == []
        assert api.requests or words == ["env"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy with an environment of its own, as `./dev` makes it but for the libraries."""
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    return folder


def run(checkout: Path, **env: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    program = [".venv/bin/python", "-m", "scripts", "--help"]
    subprocess.run(program, cwd=checkout, env={**kept, **env}, stdout=subprocess.DEVNULL, check=True)


def bytecode(folder: Path) -> set[str]:
    return {file.name.partition(".")[0] for file in folder.rglob("*.pyc")}


def test_bytecode_is_kept_in_the_environment_where_it_must_not_be_beside_the_sources(checkout: Path) -> None:
    run(checkout, PYTHONDONTWRITEBYTECODE="1")
    assert bytecode(checkout / "scripts") == set()
    assert "cli" in bytecode(checkout / ".venv/bytecode")


def test_bytecode_is_beside_the_sources_as_usual_where_nothing_forbids_it(checkout: Path) -> None:
    run(checkout)
    assert "cli" in bytecode(checkout / "scripts")
    assert not (checkout / ".venv/bytecode").exists()


def test_bytecode_is_where_the_user_wants_it(checkout: Path, tmp_path: Path) -> None:
    run(checkout, PYTHONDONTWRITEBYTECODE="1", PYTHONPYCACHEPREFIX=str(tmp_path / "mine"))
    assert "cli" in bytecode(tmp_path / "mine")
    assert not (checkout / ".venv/bytecode").exists()
