"""Writes and evaluates Tiltfiles in a folder of the test's own. The Starlark interpreter is real."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.core.errors import UserError
from scripts.core.runner import Result, Subprocess
from scripts.tiltfile.evaluation import evaluate
from scripts.tiltfile.model import Environment, K8sResource
from tests.unit.fakes import FakeRunner


class NoShell(FakeRunner):
    """Only a file of the test's own folder is really started."""

    def run(self, argv, **options) -> Result:  # type: ignore[no-untyped-def]
        if argv[0].startswith("./no"):
            return Subprocess().run(argv, **options)
        return super().run(argv, **options)


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def load(folder: Path, text: str, subcommand: str = "up", runner: FakeRunner | None = None) -> Environment:
    (folder / "Tiltfile").write_text(text)
    return evaluate(folder / "Tiltfile", subcommand, runner or FakeRunner())


def logged(folder: Path, text: str) -> list[str]:
    """What a Tiltfile writes to the log of (Tiltfile)."""
    (folder / "Tiltfile").write_text(text)
    lines: list[str] = []
    evaluate(folder / "Tiltfile", "up", FakeRunner(), log=lines.append)
    return lines


def error(folder: Path, text: str) -> str:
    """The error of a Tiltfile, with paths as if the folder were /."""
    with pytest.raises(UserError) as raised:
        load(folder, text, runner=NoShell())
    return str(raised.value).replace(str(folder), "")


def workload(env: Environment, name: str) -> K8sResource:
    resource = next(resource for resource in env.resources if resource.name == name)
    assert isinstance(resource, K8sResource)
    return resource


def names(resource: K8sResource) -> list[str]:
    return [f"{item['kind']}/{item['metadata']['name']}" for item in resource.objects]
