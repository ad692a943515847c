"""How the engine builds an image, names it and has it delivered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.docker.engine import Engine
from scripts.docker.route import ImageRoute
from scripts.engine.update.build import Builder, BuiltImage, spec_of, tag_of
from scripts.tiltfile.model import Image
from tests.unit.docker_api import DockerApi, Stored
from tests.unit.fakes import IMAGE_ID, FakeRunner

IMAGE = Image("svc", Path("/x/svc"), Path("/x/svc/Dockerfile"), "dev", (("BASE", "b:1"),), ("id=ca,src=/ca",))


def test_the_build_has_stage_arguments_and_secrets_and_the_context_last() -> None:
    assert " ".join(spec_of(IMAGE).argv("docker", Path("/id"))) == (
        "docker build --progress=plain --iidfile /id --file /x/svc/Dockerfile --target dev --build-arg BASE=b:1 "
        "--secret id=ca,src=/ca /x/svc"
    )


def test_an_image_is_named_after_its_content_and_built_in_the_routes_engine(docker_api: DockerApi) -> None:
    docker_api.images["<none>"] = Stored(IMAGE_ID)
    runner, route = FakeRunner(), ImageRoute("docker-env", env={"DOCKER_HOST": docker_api.host})
    built = Builder(runner, Engine(route.env), route, Steps()).build(IMAGE, lambda line: None)
    assert built == BuiltImage(f"svc:{tag_of(IMAGE_ID)}", IMAGE_ID)
    assert built.ref == "svc:tilt-0123456789abcdef"
    assert docker_api.did == [f"tag {IMAGE_ID} svc:tilt-0123456789abcdef"]
    assert [call.env["DOCKER_HOST"] for call in runner.calls] == [docker_api.host]


def test_the_tag_of_the_content_takes_the_place_of_the_tiltfiles(docker_api: DockerApi) -> None:
    docker_api.images["<none>"] = Stored(IMAGE_ID)
    image = replace(IMAGE, ref="localhost:5005/svc:dev")
    built = Builder(FakeRunner(), Engine(), ImageRoute("docker-env"), Steps()).build(image, lambda line: None)
    assert built.ref == "localhost:5005/svc:tilt-0123456789abcdef"


def test_a_build_does_not_end_up_in_a_builder_that_the_user_chose_for_other_projects(
    docker_api: DockerApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILDX_BUILDER", "multi")
    docker_api.images["<none>"] = Stored(IMAGE_ID)
    runner, route = FakeRunner(), ImageRoute("docker-env")
    Builder(runner, Engine(), route, Steps()).build(IMAGE, lambda line: None)
    [build] = runner.calls
    assert build.env == {"DOCKER_BUILDKIT": "1", "BUILDX_BUILDER": "default"}


def test_a_failed_build_is_one_line_about_its_image() -> None:
    runner = FakeRunner({"docker build": (1, "#9 [4/4] RUN x\n#9 0.8 no x here\n#9 ERROR: exit code: 1\n", "")})
    with pytest.raises(UserError) as raised:
        Builder(runner, Engine(), ImageRoute("docker-env"), Steps()).build(IMAGE, lambda line: None)
    assert str(raised.value) == "the build of svc failed: no x here; fix it and save again"


def test_an_image_that_is_no_longer_deployed_is_removed_by_its_id(docker_api: DockerApi) -> None:
    docker_api.images["<none>"] = Stored(IMAGE_ID)
    builder = Builder(FakeRunner(), Engine(), ImageRoute("docker-env"), Steps())
    builder.forget(BuiltImage("svc:1", IMAGE_ID))
    builder.forget(BuiltImage("svc:1", "sha256:gone"))
    assert docker_api.did == [f"rmi {IMAGE_ID}"]
