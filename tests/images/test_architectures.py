"""What is pinned exists for arm64 too: nothing here can run it, but the lock files and the index can tell."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from scripts.core.paths import ROOT, cache_dir
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.environment import package_index, uv_program
from scripts.environment.make import UV_REQUIREMENTS
from scripts.lint import tree

FILES = tree.files(Subprocess(), ROOT)
LOCKED = [path for path in FILES if Path(path).match("requirements*.txt")]
PLATFORM = "aarch64-manylinux_2_28"
PYTHON = "3.13"


def test_all_locked_python_packages_have_a_wheel_for_arm64(tmp_path: Path) -> None:
    runner, index, folder = Subprocess(), package_index.find(os.environ), cache_dir() / "uv"
    uv = uv_program.ensure(runner, Steps(), uv_program.read_pin(ROOT / UV_REQUIREMENTS), folder, index)
    env = {"UV_CACHE_DIR": str(folder / "cache"), **index.uv_settings()}
    assert {"requirements-dev.txt", "backend/requirements.txt", "mcp_server/requirements.txt"} <= {*LOCKED}
    for locked in LOCKED:
        words = ["--target", str(tmp_path), "--python-version", PYTHON, "--python-platform", PLATFORM]
        words += ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", locked]
        done = runner.run([str(uv), "pip", "install", "--dry-run", *words], cwd=ROOT, env=env, check=False)
        assert done.returncode == 0, f"{locked}: {done.stderr}"


def test_all_programs_in_the_locked_javascript_packages_are_there_for_arm64() -> None:
    packages = json.loads((ROOT / "frontend/package-lock.json").read_text())["packages"]
    linux = {name: package for name, package in packages.items() if package.get("os") == ["linux"]}
    x64 = [name for name, package in linux.items() if package.get("cpu") == ["x64"]]
    assert x64
    assert [name for name in x64 if name.replace("x64", "arm64") not in packages] == []


@pytest.mark.parametrize("folder", ["scripts/cluster/embedded", "backend", "mcp_server", "frontend", "scripts/bases"])
def test_no_flag_names_an_architecture(folder: str) -> None:
    """Go, Docker and Debian build for the machine that they run on."""
    names = ("amd64", "x86_64", "x86-64", "GOARCH", "--platform")
    kinds = (".py", ".go", ".sh")
    inside = [ROOT / path for path in FILES if path.startswith(f"{folder}/") and "/tests/" not in path]
    sources = [path for path in inside if path.name == "Dockerfile" or path.suffix in kinds]
    assert sources
    found = [(path.name, name) for path in sources for name in names if name in path.read_text()]
    assert found == []
