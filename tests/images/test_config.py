"""How the images say they are to be run."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from scripts.core.paths import ROOT
from scripts.docker.archive import Image
from scripts.services import by_component
from tests.images.conftest import Builder, inspect

CHART = ROOT / "charts/todo-stack"
COMMANDS = {
    "backend": ["python", "-m", "app"],
    "mcp-server": ["python", "-m", "todo_mcp"],
    "frontend": ["node", "server/main.mjs"],
}
VARIABLES = {
    "backend": {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"},
    "mcp-server": {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"},
    "frontend": {"NODE_ENV", "PORT"},
}
SECRET = re.compile(r"(?i)(passw\w*|secret|token|credential\w*|api_?key)\s*[=:]\s*\S")


@pytest.fixture
def config(image: Image) -> dict[str, Any]:
    found: dict[str, Any] = image.config()["config"]
    return found


@pytest.fixture
def of_base(builder: Builder, component: str) -> dict[str, Any]:
    service = by_component(component)
    assert service is not None
    found: dict[str, Any] = inspect(builder.engine, builder.base(service))["Config"]
    return found


@pytest.fixture
def values(component: str) -> dict[str, Any]:
    """The component's values in the chart."""
    service = by_component(component)
    assert service is not None
    found: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())[service.values]
    return found


def test_it_runs_as_the_charts_user_and_serves_the_charts_port(config: dict[str, Any], values: dict[str, Any]) -> None:
    context = values["securityContext"]
    assert config["User"] == f"{context['runAsUser']}:{context['runAsGroup']}"
    assert list(config["ExposedPorts"]) == [f"{values['service']['port']}/tcp"]


def test_the_server_is_the_first_process(component: str, config: dict[str, Any], of_base: dict[str, Any]) -> None:
    assert config["Cmd"] == COMMANDS.get(component)
    assert config.get("Entrypoint") == of_base.get("Entrypoint")
    assert config["WorkingDir"] == "/app"


def test_it_checks_its_health_without_a_shell(component: str, config: dict[str, Any]) -> None:
    assert config["Healthcheck"]["Test"][:2] == ["CMD", config["Cmd"][0]]


def test_its_label_has_the_version_of_the_chart(config: dict[str, Any]) -> None:
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]
    assert config["Labels"]["org.opencontainers.image.version"] == version
    assert config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"


def test_its_variables_are_the_bases_and_the_few_that_are_named_here(
    component: str, config: dict[str, Any], of_base: dict[str, Any]
) -> None:
    added = {word.partition("=")[0] for word in set(config["Env"]) - set(of_base["Env"])}
    assert added == VARIABLES.get(component)


def test_neither_variables_nor_history_tell_a_secret(image: Image, config: dict[str, Any]) -> None:
    told = [*config["Env"], *(step.get("created_by", "") for step in image.config()["history"])]
    assert [text for text in told if SECRET.search(text)] == []
