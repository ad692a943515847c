"""Live updates that could not work are found before the first build."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import tiltfile_sketch
from scripts.cli import main
from scripts.tiltfile import lint
from tests.unit.tiltfile.tiltfiles import error, write

TILTFILE = """local(['./dev', 'lint-tiltfile'])
k8s_yaml(helm('chart'))
docker_build('app', 'app', live_update=[{steps}])
k8s_resource('app', port_forwards=8000)
"""
GOOD = "fall_back_on('app/requirements.txt'), sync('app/src', '/app/src'), run('x', trigger='app/src/a.py')"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {name: "" for name in ("Dockerfile", ".dockerignore", "requirements.txt", "src/a.py")}
    write(tmp_path, {f"app/{name}": text for name, text in files.items()})
    return tmp_path


def found(folder: Path, steps: str) -> list[str]:
    (folder / "Tiltfile").write_text(TILTFILE.format(steps=steps))
    [image] = tiltfile_sketch.read(folder / "Tiltfile").images.values()
    return lint.problems(image)


def test_rules_that_work_are_not_complained_about_nor_is_an_image_without_any(folder: Path) -> None:
    assert found(folder, GOOD) == []
    assert found(folder, "") == []


def test_a_trigger_outside_all_syncs(folder: Path) -> None:
    assert found(folder, GOOD.replace("app/src/a.py", "app/other")) == [
        "trigger app/other can never fire, no sync covers it; sync it too (now: app/src)"
    ]
    assert found(folder, GOOD.replace("app/src/a.py", "/etc/hosts"))[0].startswith("trigger /etc/hosts can never fire")


def test_a_path_in_the_container_as_a_trigger(folder: Path) -> None:
    expected = "trigger /app/src/a.py is a path in the container; name the file here: app/src/a.py"
    steps = GOOD.replace("app/src/a.py", "/app/src/a.py")
    assert found(folder, steps) == [expected]
    (folder / "Tiltfile").write_text(f"docker_build('app', 'app', live_update=[{steps}])\n")
    assert f"/Tiltfile:1: docker_build: live_update of app: {expected}" in error(
        folder, (folder / "Tiltfile").read_text()
    )


@pytest.mark.parametrize("ignored", ["src", "**", "src/\n!src/b.txt"])
def test_a_sync_that_the_ignore_file_hides(ignored: str, folder: Path) -> None:
    (folder / "app/.dockerignore").write_text(f"{ignored}\n")
    hidden = ["sync app/src sends nothing: .dockerignore excludes it; remove one of them"]
    assert found(folder, GOOD) == ([] if "!" in ignored else hidden)


@pytest.mark.parametrize("name", ["package-lock.json", "uv.lock", "requirements-dev.txt", "src/go.sum", "Cargo.lock"])
def test_a_lockfile_that_nothing_heeds(name: str, folder: Path) -> None:
    write(folder, {f"app/{name}": "", "app/node_modules/x/package-lock.json": ""})
    (folder / "app/.dockerignore").write_text("node_modules\n")
    assert found(folder, GOOD) == [
        f"app/{name} is neither in fall_back_on nor a trigger; packages would stay as they were"
    ]
    assert found(folder, GOOD.replace("fall_back_on('app/requirements.txt')", "fall_back_on('app')")) == []
    (folder / "app/.dockerignore").write_text(f"node_modules\n{name}\n")
    assert found(folder, GOOD) == []


def test_the_command_names_each_mistake_with_its_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tiltfile_sketch, "TILTFILE", folder / "Tiltfile")
    write(folder, {"app/uv.lock": ""})
    found(folder, GOOD.replace("app/src/a.py", "app/other"))
    assert main(["lint-tiltfile"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(": live_update of app: ")[0] for line in lines] == [f"error: {folder}/Tiltfile:3"] * 2


def test_a_tiltfile_with_more_than_the_engine_knows_is_left_to_tilt(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tiltfile_sketch, "TILTFILE", folder / "Tiltfile")
    (folder / "Tiltfile").write_text("docker_compose('x.yaml')\n")
    assert main(["lint-tiltfile"]) == 0
    assert "warning: live updates are linted only up to here: " in capsys.readouterr().err


def test_what_stands_before_such_a_line_is_linted(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tiltfile_sketch, "TILTFILE", folder / "Tiltfile")
    found(folder, GOOD.replace("app/src/a.py", "app/other"))
    with (folder / "Tiltfile").open("a") as tiltfile:
        tiltfile.write("decode_json(local('./dev something'))['key']\n")
    assert main(["lint-tiltfile"]) == 1
    said = capsys.readouterr().err
    assert "up to here" in said and "trigger app/other can never fire" in said


def test_our_own_tiltfile_shows_what_the_lint_says() -> None:
    """Tilt shows nothing of a command that is quiet and has not failed."""
    [call] = [line for line in tiltfile_sketch.TILTFILE.read_text().splitlines() if "lint-tiltfile" in line]
    assert "quiet" not in call


def test_our_own_tiltfile_has_no_mistake() -> None:
    declared = tiltfile_sketch.read()
    assert declared.images
    assert [problem for image in declared.images.values() for problem in lint.problems(image)] == []
