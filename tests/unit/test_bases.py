"""Which base images are chosen, and what is done to have them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.bases import debian, ensure
from scripts.bases.catalog import (
    BASES,
    DEBIAN,
    NODE,
    POSTGRES,
    PYTHON,
    RECIPE,
    STAND_IN_FOR,
    SUITE,
    debian_recipe,
    recipe,
)
from scripts.bases.ensure import FOLDER
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from tests.unit.fakes import FakeRunner

OFFICIAL = {base.purpose: base.official for base in BASES}
STAND_INS = {base.purpose: base.stand_in for base in BASES}
CURRENT = {base.stand_in: {RECIPE: recipe(base, FOLDER / base.purpose)} for base in BASES}
NO_REGISTRY = (1, "", "error pinging registry: no such host")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TODO_CACHE_DIR", str(tmp_path))
    yield


def engine(images: dict[str, dict[str, str]], **answers: tuple[int, str, str]) -> FakeRunner:
    """A docker with these images (name → labels); keys of `answers` are argv with _ for a space."""
    lines = [f"{json.dumps([name])}\t{json.dumps(labels or None)}" for name, labels in images.items()]
    scripted = {name.replace("_", " "): answer for name, answer in answers.items()}
    return FakeRunner({"docker image inspect": (0, "\n".join(lines), ""), **scripted})


def did(runner: FakeRunner, words: str) -> list[str]:
    return [argv for argv in runner.argvs() if words in argv]


def test_official_images_that_are_present_are_taken_without_a_look_at_the_network() -> None:
    runner = engine({name: {} for name in OFFICIAL.values()} | CURRENT)
    assert ensure(runner, "docker", Steps()) == OFFICIAL
    assert [argv.split()[1] for argv in runner.argvs()] == ["image"]


def test_current_stand_ins_are_taken_without_a_look_at_the_network() -> None:
    runner = engine(CURRENT)
    assert ensure(runner, "docker", Steps()) == STAND_INS
    assert [argv.split()[1] for argv in runner.argvs()] == ["image"]


def test_each_image_is_chosen_for_itself() -> None:
    runner = engine({"node:24-slim": {}, **CURRENT})
    assert ensure(runner, "docker", Steps()) == {**STAND_INS, "node": "node:24-slim"}


def test_what_is_missing_is_pulled_where_the_registry_answers() -> None:
    runner = engine({})
    assert ensure(runner, "docker", Steps()) == OFFICIAL
    assert sorted(did(runner, "pull")) == sorted(f"docker pull --quiet {name}" for name in OFFICIAL.values())
    assert not did(runner, "mmdebstrap") and not did(runner, "docker build")


def test_without_a_registry_nothing_is_pulled_and_every_stand_in_is_built_on_debian() -> None:
    runner = engine({}, docker_manifest_inspect=NO_REGISTRY)
    assert ensure(runner, "docker", Steps()) == STAND_INS
    assert not did(runner, "docker pull")
    [made] = did(runner, "mmdebstrap")
    assert f" {SUITE} " in made and "--variant=minbase" in made
    [imported] = did(runner, "docker import")
    assert imported.endswith(DEBIAN) and f"LABEL {RECIPE}={debian_recipe()}" in imported
    builds = did(runner, "docker build")
    assert len(builds) == len(BASES)
    for base in BASES:
        [build] = [argv for argv in builds if f"--tag={base.stand_in} " in argv]
        assert f"--build-arg=DEBIAN_BASE={DEBIAN} " in build
        assert f"--label={STAND_IN_FOR}={base.official}" in build
        assert f"--label={RECIPE}={recipe(base, FOLDER / base.purpose)}" in build
        assert runner.argvs().index(imported) < runner.argvs().index(build)
    assert all(call.env["DOCKER_BUILDKIT"] == "1" for call in runner.calls if call.argv[1] == "build")


def test_node_is_built_after_and_from_the_chosen_python() -> None:
    runner = engine({}, docker_manifest_inspect=NO_REGISTRY)
    ensure(runner, "docker", Steps())
    [python] = did(runner, f"--tag={PYTHON.stand_in} ")
    [node] = did(runner, f"--tag={NODE.stand_in} ")
    assert f"--build-arg=PYTHON_BASE={PYTHON.stand_in} " in node
    assert runner.argvs().index(python) < runner.argvs().index(node)

    runner = engine({PYTHON.official: {}, POSTGRES.official: {}}, docker_manifest_inspect=NO_REGISTRY)
    ensure(runner, "docker", Steps())
    [node] = did(runner, "docker build")
    assert f"--build-arg=PYTHON_BASE={PYTHON.official} " in node


def test_a_stand_in_of_another_recipe_is_built_anew_on_the_debian_that_is_there() -> None:
    images = CURRENT | {POSTGRES.stand_in: {RECIPE: "0" * 12}, DEBIAN: {RECIPE: debian_recipe()}}
    runner = engine(images, docker_manifest_inspect=NO_REGISTRY)
    assert ensure(runner, "docker", Steps()) == STAND_INS
    [build] = did(runner, "docker build")
    assert f"--tag={POSTGRES.stand_in} " in build
    assert not did(runner, "mmdebstrap")


def test_a_stand_in_under_an_official_name_does_not_pass_for_official() -> None:
    runner = engine({"postgres:17": {STAND_IN_FOR: "postgres:17"}, **CURRENT})
    assert ensure(runner, "docker", Steps())["postgres"] == POSTGRES.stand_in


def test_a_pull_that_breaks_off_ends_in_a_stand_in() -> None:
    broken = (1, "", "unexpected EOF")
    runner = engine({}, **{f"docker_pull_--quiet_{NODE.official}": broken})
    assert ensure(runner, "docker", Steps()) == {**OFFICIAL, "node": NODE.stand_in}


def test_a_build_that_fails_tells_why_and_what_to_do() -> None:
    output = "#5 [1/2] RUN apt-get\n#5 E: Unable to locate package python3.13\n------\nexecutor failed running"
    runner = engine(CURRENT | {PYTHON.stand_in: {}}, docker_manifest_inspect=NO_REGISTRY, docker_build=(1, output, ""))
    with pytest.raises(UserError) as failure:
        ensure(runner, "docker", Steps())
    assert "Unable to locate package python3.13" in failure.value.what
    assert PYTHON.official in failure.value.fix


def test_the_ca_bundle_is_lent_to_builds_as_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("certificates")
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    runner = engine({}, docker_manifest_inspect=NO_REGISTRY)
    ensure(runner, "docker", Steps())
    assert all(f"--secret=id=ca,src={bundle} " in build for build in did(runner, "docker build"))


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


def test_a_debian_that_cannot_be_made_tells_the_first_error() -> None:
    said = "I: downloading packages\nE: Failed to fetch http://m/p.deb  404\nE: mmdebstrap failed to run"
    runner = engine({}, docker_manifest_inspect=NO_REGISTRY, mmdebstrap=(1, said, ""))
    with pytest.raises(UserError, match="Failed to fetch http://m/p.deb  404"):
        ensure(runner, "docker", Steps())


def test_a_recipe_follows_every_file_and_its_mode(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    first = recipe(PYTHON, tmp_path)
    assert recipe(PYTHON, tmp_path) == first
    (tmp_path / "entrypoint.sh").write_text("true\n")
    second = recipe(PYTHON, tmp_path)
    (tmp_path / "entrypoint.sh").chmod(0o755)
    assert len({first, second, recipe(PYTHON, tmp_path), recipe(NODE, tmp_path)}) == 4
