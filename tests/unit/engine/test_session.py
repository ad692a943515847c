"""Evaluating for a run of the engine: every Secret is known before something of it can be shown."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from scripts.core.errors import UserError
from scripts.core.scrubber import MASK, Scrubber
from scripts.engine.page.server import page_port
from scripts.engine.session import evaluate
from scripts.engine.settings import Settings
from scripts.kube.api import Kube
from scripts.kube.errors import ApiError
from scripts.tiltfile.failure import EvaluationFailed
from tests.unit.fakes import FakeRunner


class Secrets(Kube):
    """Lists one Secret more each time."""

    def __init__(self, *values: str) -> None:
        self._values, self._told = values, 0

    def call(self, doing: str, method: str, path: str, **options: Any) -> Any:
        if not self._values:
            raise ApiError(doing, 403, "secrets is forbidden")
        self._told += 1
        encoded = [base64.b64encode(value.encode()).decode() for value in self._values[: self._told]]
        return {"items": [{"data": {"key": value}} for value in encoded]}


def learned(folder: Path, kube: Kube, text: str, runner: FakeRunner | None = None) -> Scrubber:
    (folder / "Tiltfile").write_text(text)
    scrubber = Scrubber()
    settings = Settings(folder, "n", ("n", "lease"), "test", 30300, lambda image: None)
    evaluate(settings, runner or FakeRunner(), {}, lambda line: None, kube, scrubber)
    return scrubber


def test_secrets_of_before_and_after_the_evaluation_and_of_its_yaml_are_learned(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {key: from the yaml}\n"
    )
    scrubber = learned(tmp_path, Secrets("was there", "made by local"), "k8s_yaml('s.yaml')\n")
    assert scrubber.scrub("was there, made by local, from the yaml") == f"{MASK}, {MASK}, {MASK}"


def test_a_cluster_that_does_not_tell_its_secrets_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="could not list the Secrets to be kept out of logs: secrets is forbidden"):
        learned(tmp_path, Secrets(), "x = 1\n")


def test_a_mistake_in_the_tiltfile_is_reported_without_a_secret(tmp_path: Path) -> None:
    runner = FakeRunner({"./x": (1, "", "cannot log in with was there\n")})
    with pytest.raises(EvaluationFailed, match=r"Tiltfile:1: local: ./x: cannot log in with \[secret\]") as raised:
        learned(tmp_path, Secrets("was there"), "local(['./x'])\n", runner)
    assert tmp_path / "Tiltfile" in raised.value.config_files


def test_the_port_of_the_page_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TODO_PAGE_PORT", raising=False)
    assert page_port() == 10350
    monkeypatch.setenv("TODO_PAGE_PORT", "10377")
    assert page_port() == 10377


@pytest.mark.parametrize("given", ["x", "0", "80", "65536", "-1", "1.5", "\N{SUPERSCRIPT TWO}"])
def test_a_page_port_that_is_not_a_port_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("TODO_PAGE_PORT", given)
    with pytest.raises(UserError, match="TODO_PAGE_PORT=.* is not a port; set it to a number from 1024 to 65535"):
        page_port()
