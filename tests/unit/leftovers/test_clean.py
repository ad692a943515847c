"""`./dev clean` removes what nothing uses any more, and nothing of anybody else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scripts.cli import main
from scripts.leftovers import images, registry
from scripts.leftovers.leftover import Leftover, render
from tests.unit.docker_api import DockerApi

HEX12 = "0123456789ab"
BACKEND = {images.TITLE: "todo-backend"}


def test_the_registry_is_stopped_while_it_is_cleaned_and_starts_again() -> None:
    asked: list[tuple[str, ...]] = []

    def node(*argv: str) -> str:
        asked.append(argv)
        return "/a/tags/tilt-1\n/b/tags/tilt-2\n"

    [found] = registry.find(node)
    assert found.name.startswith("2 tags")
    found.remove()
    command = asked[-1][2]
    order = [command.index(word) for word in ("stop registry", "forget-images", "start registry")]
    assert order == sorted(order)
    assert registry.find(lambda *argv: "") == []


@pytest.mark.parametrize(("days", "offered"), [(0, True), (registry.DAYS, True), (registry.DAYS + 1, False)])
def test_the_registry_is_left_alone_where_its_week_is_less_than_what_is_asked_for(days: int, offered: bool) -> None:
    assert bool(registry.find(lambda *argv: "/a/tags/tilt-1\n", days)) is offered


def test_a_cluster_that_is_named_and_does_not_exist_is_an_error(
    home: Path, docker_api: DockerApi, capsys: pytest.CaptureFixture[str]
) -> None:
    docker_api.add(f"todo-backend:{HEX12}", labels=BACKEND)
    assert main(["clean", "--yes", "--cluster", "mistyped"]) == 1
    assert "mistyped" in capsys.readouterr().err
    assert len(docker_api.images) == 1


def test_the_report_sums_up_each_kind() -> None:
    found = [Leftover("images", "a", 2_000_000_000, lambda: None), Leftover("programs", "b", 1_000_000, lambda: None)]
    assert render(found) == "images: 1, 2.00 GB\n  a\nprograms: 1, 1.0 MB\n  b\ntogether 2.00 GB"
    unknown = Leftover("tags", "c", None, lambda: None)
    assert render([unknown]) == "tags: 1, size known when it is removed\n  c"
    assert render([*found, unknown]).endswith("together at least 2.00 GB")


@pytest.mark.parametrize(("words", "status", "left"), [([], 1, 1), (["--yes"], 0, 0)])
def test_nothing_is_removed_without_a_yes(
    home: Path, docker_api: DockerApi, words: list[str], status: int, left: int, capsys: pytest.CaptureFixture[str]
) -> None:
    docker_api.add(f"todo-backend:{HEX12}", labels=BACKEND)
    assert main(["clean", "--cluster", "embedded", *words]) == status
    assert len(docker_api.images) == left
    assert f"todo-backend:{HEX12}" in capsys.readouterr().out


def test_what_docker_keeps_is_told_and_not_called_removed(
    home: Path, docker_api: DockerApi, capsys: pytest.CaptureFixture[str]
) -> None:
    docker_api.add(f"todo-backend:{HEX12}", labels=BACKEND)
    docker_api.refused[f"rmi todo-backend:{HEX12}"] = "container 1 is using it"
    assert main(["clean", "--yes", "--cluster", "embedded"]) == 1
    said = capsys.readouterr()
    assert f"todo-backend:{HEX12} stays: Docker could not remove" in said.err
    assert "container 1 is using it" in said.err
    assert "removed" not in said.out


@pytest.mark.parametrize("days", ["-1", "x", "1.5"])
def test_what_is_no_number_of_days_is_refused(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["clean", f"--days={days}"])
    assert f"{days!r} is not a number of days" in capsys.readouterr().err


def test_without_an_engine_the_cache_is_cleaned_all_the_same(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    folder = home / "bin" / "old"
    folder.mkdir(parents=True)
    (folder / "todo-node").touch()
    os.utime(folder / "todo-node", (1, 1))
    os.utime(folder, (1, 1))
    assert main(["clean", "--yes"]) == 0
    assert "images are left alone" in capsys.readouterr().err
    assert not folder.exists()
