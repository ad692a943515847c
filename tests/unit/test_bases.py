"""Which base images are chosen, and what is done to have them."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.bases import ensure
from scripts.bases.catalog import BASES, NODE, POSTGRES, PYTHON, recipe
from scripts.bases.ensure import FOLDER
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.docker import debian
from scripts.docker.debian import NAME as DEBIAN
from scripts.docker.debian import RECIPE, STAND_IN_FOR, SUITE
from scripts.docker.engine import Engine
from tests.unit.docker_api import DockerApi
from tests.unit.fakes import FakeRunner

OFFICIAL = {base.purpose: base.official for base in BASES}
STAND_INS = {base.purpose: base.stand_in for base in BASES}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TODO_CACHE_DIR", str(tmp_path))
    yield


@pytest.fixture
def current(docker_api: DockerApi) -> DockerApi:
    """An engine that has the current stand-ins."""
    for base in BASES:
        docker_api.add(base.stand_in, labels={RECIPE: recipe(base, FOLDER / base.purpose)})
    return docker_api


def did(runner: FakeRunner, words: str) -> list[str]:
    return [argv for argv in runner.argvs() if words in argv]


def test_official_images_that_are_present_are_taken_without_a_look_at_the_network(current: DockerApi) -> None:
    current.add(*OFFICIAL.values())
    runner = FakeRunner()
    assert ensure(runner, Engine(), Steps()) == OFFICIAL
    assert (runner.calls, current.did) == ([], [])


def test_current_stand_ins_are_taken_without_a_look_at_the_network(current: DockerApi) -> None:
    current.in_registry.update(OFFICIAL.values())
    assert ensure(FakeRunner(), Engine(), Steps()) == STAND_INS
    assert current.did == []


def test_each_image_is_chosen_for_itself(current: DockerApi) -> None:
    current.add("node:24-slim")
    assert ensure(FakeRunner(), Engine(), Steps()) == {**STAND_INS, "node": "node:24-slim"}


def test_what_is_missing_is_pulled_where_the_registry_answers(docker_api: DockerApi) -> None:
    docker_api.in_registry.update(OFFICIAL.values())
    runner = FakeRunner()
    assert ensure(runner, Engine(), Steps()) == OFFICIAL
    assert sorted(docker_api.did) == sorted(f"pull {name}" for name in OFFICIAL.values())
    assert runner.calls == []


def test_without_a_registry_nothing_is_pulled_and_every_stand_in_is_built_on_debian(docker_api: DockerApi) -> None:
    runner = FakeRunner()
    assert ensure(runner, Engine(), Steps()) == STAND_INS
    [made] = did(runner, "mmdebstrap")
    assert f" {SUITE} " in made and "--variant=minbase" in made
    [imported] = docker_api.did
    assert imported.startswith(f"import {DEBIAN} CMD") and f"LABEL {RECIPE}={debian.recipe()}" in imported
    builds = did(runner, "docker build")
    assert len(builds) == len(BASES)
    for base in BASES:
        [build] = [argv for argv in builds if f"--tag {base.stand_in} " in argv]
        assert f"--build-arg DEBIAN_BASE={DEBIAN} " in build
        assert f"--label {STAND_IN_FOR}={base.official}" in build
        assert f"--label {RECIPE}={recipe(base, FOLDER / base.purpose)}" in build
        assert runner.argvs().index(made) < runner.argvs().index(build)


def test_node_is_built_after_and_from_the_chosen_python(docker_api: DockerApi) -> None:
    runner = FakeRunner()
    ensure(runner, Engine(), Steps())
    [python] = did(runner, f"--tag {PYTHON.stand_in} ")
    [node] = did(runner, f"--tag {NODE.stand_in} ")
    assert f"--build-arg PYTHON_BASE={PYTHON.stand_in} " in node
    assert runner.argvs().index(python) < runner.argvs().index(node)

    docker_api.add(PYTHON.official, POSTGRES.official)
    runner = FakeRunner()
    ensure(runner, Engine(), Steps())
    [node] = did(runner, "docker build")
    assert f"--build-arg PYTHON_BASE={PYTHON.official} " in node


def test_a_stand_in_of_another_recipe_is_built_again_on_the_debian_that_exists(current: DockerApi) -> None:
    current.add(POSTGRES.stand_in, labels={RECIPE: "0" * 12})
    current.add(DEBIAN, labels={RECIPE: debian.recipe()})
    runner = FakeRunner()
    assert ensure(runner, Engine(), Steps()) == STAND_INS
    [build] = did(runner, "docker build")
    assert f"--tag {POSTGRES.stand_in} " in build
    assert not did(runner, "mmdebstrap")


def test_a_stand_in_under_an_official_name_does_not_pass_for_official(current: DockerApi) -> None:
    current.add("postgres:17", labels={STAND_IN_FOR: "postgres:17"})
    assert ensure(FakeRunner(), Engine(), Steps())["postgres"] == POSTGRES.stand_in


def test_a_pull_that_breaks_off_ends_in_a_stand_in(docker_api: DockerApi) -> None:
    docker_api.in_registry.update(OFFICIAL.values())
    docker_api.refused[f"pull {NODE.official}"] = "unexpected EOF"
    out = io.StringIO()
    assert ensure(FakeRunner(), Engine(), Steps(out)) == {**OFFICIAL, "node": NODE.stand_in}
    assert "Pull node:24-slim  Docker could not pull node:24-slim: unexpected EOF: a stand-in" in out.getvalue()


def test_a_build_that_fails_gives_the_reason_and_what_to_do(current: DockerApi) -> None:
    current.add(PYTHON.stand_in)
    output = "#5 [1/2] RUN apt-get\n#5 E: Unable to locate package python3.13\n------\nexecutor failed running"
    with pytest.raises(UserError) as failure:
        ensure(FakeRunner({"docker build": (1, output, "")}), Engine(), Steps())
    assert "Unable to locate package python3.13" in failure.value.what
    assert PYTHON.official in failure.value.fix


def test_the_ca_bundle_is_passed_to_builds_as_a_secret(
    docker_api: DockerApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("certificates")
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    runner = FakeRunner()
    ensure(runner, Engine(), Steps())
    assert all(f"--secret id=ca,src={bundle} " in build for build in did(runner, "docker build"))


def test_debian_comes_from_the_mirrors_that_apt_uses_here() -> None:
    listed = (
        "Debian|bookworm|http://mirror.example/debian/\n"
        "Debian|bookworm-updates|http://mirror.example/debian/\n"
        "Debian|bookworm-security|https://mirror.example/security/\n"
        "Debian Backports|bookworm-backports|http://mirror.example/debian/\n"
        "Someone|bookworm|http://elsewhere.example/\n"
    )
    assert debian.sources(FakeRunner({"apt-get": (0, listed, "")})) == (
        f"deb http://mirror.example/debian {SUITE} main",
        f"deb https://mirror.example/security {SUITE}-security main",
        f"deb http://mirror.example/debian {SUITE}-updates main",
    )


def test_debian_comes_from_its_own_mirrors_on_another_system() -> None:
    ubuntu = "Ubuntu|noble|http://archive.ubuntu.com/ubuntu/\n"
    assert debian.sources(FakeRunner({"apt-get": (0, ubuntu, "")})) == debian.DEFAULT_SOURCES
    assert debian.sources(FakeRunner(missing={"apt-get"})) == debian.DEFAULT_SOURCES


def test_the_keys_of_debian_are_installed_where_apt_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(debian, "KEYRING", tmp_path / "keys.gpg")
    assert debian.missing_packages(FakeRunner(missing={"mmdebstrap"})) == ["mmdebstrap", "debian-archive-keyring"]
    assert debian.missing_packages(FakeRunner(missing={"apt-get"})) == []
    (tmp_path / "keys.gpg").touch()
    assert debian.missing_packages(FakeRunner()) == []


@pytest.mark.parametrize(("user", "packages"), [(0, []), (1000, ["uidmap"])])
def test_an_ordinary_user_needs_the_programs_of_user_namespaces_too(
    user: int, packages: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "keys.gpg").touch()
    monkeypatch.setattr(debian, "KEYRING", tmp_path / "keys.gpg")
    monkeypatch.setattr(os, "getuid", lambda: user)
    assert debian.missing_packages(FakeRunner(missing={"newuidmap"})) == packages


def test_a_user_without_user_namespaces_is_not_sent_to_the_network(docker_api: DockerApi) -> None:
    said = "E: unable to pick chroot mode automatically (use --mode for manual selection)"
    with pytest.raises(UserError, match="cannot make user namespaces as this user; .* usermod --add-subuids") as raised:
        ensure(FakeRunner({"mmdebstrap": (1, said, "")}), Engine(), Steps())
    assert "network" not in str(raised.value)


def test_a_debian_that_cannot_be_made_gives_the_first_error(docker_api: DockerApi) -> None:
    said = "I: downloading packages\nE: Failed to fetch http://m/p.deb  404\nE: mmdebstrap failed to run"
    with pytest.raises(UserError, match="Failed to fetch http://m/p.deb  404"):
        ensure(FakeRunner({"mmdebstrap": (1, said, "")}), Engine(), Steps())


def test_a_recipe_follows_every_file_and_its_mode(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    first = recipe(PYTHON, tmp_path)
    assert recipe(PYTHON, tmp_path) == first
    (tmp_path / "entrypoint.sh").write_text("true\n")
    second = recipe(PYTHON, tmp_path)
    (tmp_path / "entrypoint.sh").chmod(0o755)
    assert len({first, second, recipe(PYTHON, tmp_path), recipe(NODE, tmp_path)}) == 4
