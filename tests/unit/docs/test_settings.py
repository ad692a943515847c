"""Settings for editors and hooks name programs, ports and commands that exist."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import tomllib
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts import services
from scripts.cli import COMMANDS
from scripts.core.paths import ROOT
from scripts.docker import debian, prepare
from scripts.engine import page_port
from scripts.lint.checks import BIN
from scripts.stack import FRONTEND_NODE_PORT

SERVICES = "{backend,mcp_server}/**.py"


def devcontainer() -> dict[str, Any]:
    settings: dict[str, Any] = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    return settings


def test_the_devcontainer_forwards_the_ports_of_app_and_page() -> None:
    container = devcontainer()
    assert container["forwardPorts"] == [FRONTEND_NODE_PORT, page_port()]
    assert container["portsAttributes"].keys() == {str(port) for port in container["forwardPorts"]}


def test_the_devcontainer_installs_what_its_ordinary_user_may_not_and_looks_at_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    install, _, command = devcontainer()["postCreateCommand"].rpartition(" && ")
    assert install == prepare.apt_command([need.package for need in debian.NEEDS_OF_USERS])
    program, name = command.split()
    assert program == "./dev" and name in COMMANDS


def test_the_hooks_call_programs_of_the_environment() -> None:
    (repo,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    programs = [Path(shlex.split(hook["entry"])[0]) for hook in repo["hooks"]]
    assert {program.parent for program in programs} == {Path(".venv/bin")}
    assert all((BIN / program.name).is_file() for program in programs)


def test_editors_break_lines_where_ruff_does() -> None:
    editor = ConfigParser()
    editor.read_string(f"[all]\n{(ROOT / '.editorconfig').read_text()}")
    ruff = {
        section: tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["tool"]["ruff"]["line-length"]
        for section, folder in (("*", "."), (SERVICES, "backend"), (SERVICES, "mcp_server"))
    }
    assert {section: int(editor[section]["max_line_length"]) for section in ruff} == ruff


def test_debuggers_attach_where_the_tiltfile_has_them_listen() -> None:
    """And see the sources of the checkout."""
    ports = re.search(r"^DEBUG_PORTS = (\{[^}]*\})", (ROOT / "Tiltfile").read_text(), re.MULTILINE)
    assert ports is not None, "the Tiltfile has no line `DEBUG_PORTS = {…}`"
    folders = {service.component: service.folder for service in services.SERVICES}
    listening = {folders[name]: port for name, port in ast.literal_eval(ports[1]).items()}
    attached = {}
    for configuration in json.loads((ROOT / ".vscode/launch.json").read_text())["configurations"]:
        (mapping,) = configuration.get("pathMappings", [configuration])
        assert mapping["remoteRoot"] == "/app" and configuration["request"] == "attach"
        folder = mapping["localRoot"].removeprefix("${workspaceFolder}/")
        attached[folder] = configuration.get("connect", configuration)["port"]
    assert attached == listening
