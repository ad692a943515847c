"""What docker is asked for, how an image is named, and what is told of a failed build."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.cluster.provider import ImageRoute
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import Result
from scripts.engine.model import Image
from scripts.engine.update.build import Builder, build_argv, failure, tag_of
from tests.unit.fakes import FakeRunner

IMAGE = Image("svc", Path("/x/svc"), Path("/x/svc/Dockerfile"), "dev", (("BASE", "b:1"),), ("id=ca,src=/ca",))
ID = "sha256:0123456789abcdef0123456789abcdef"


class WritesId(FakeRunner):
    """docker build leaves the image's id in a file."""

    def run(self, argv, **options) -> Result:  # type: ignore[no-untyped-def]
        if "--iidfile" in argv:
            Path(argv[argv.index("--iidfile") + 1]).write_text(f"{ID}\n")
        return super().run(argv, **options)


def test_the_build_has_stage_arguments_and_secrets_and_the_context_last() -> None:
    assert " ".join(build_argv("docker", IMAGE, Path("/id"))) == (
        "docker build --progress=plain --iidfile /id --file /x/svc/Dockerfile --target dev --build-arg BASE=b:1 "
        "--secret id=ca,src=/ca /x/svc"
    )


def test_an_image_is_named_after_its_content_and_built_with_buildkit_in_the_routes_engine() -> None:
    runner = WritesId({"docker image inspect": (0, f"{ID}\n", "")})
    route = ImageRoute("docker-env", env={"DOCKER_HOST": "tcp://node:2376"})
    heard: list[str] = []
    built = Builder(runner, "docker", route, Steps()).build(IMAGE, heard.append)
    assert built.ref == f"svc:{tag_of(ID)}" == "svc:tilt-0123456789abcdef"
    assert runner.argvs()[-1] == f"docker tag {ID} svc:tilt-0123456789abcdef"
    assert {call.env["DOCKER_BUILDKIT"] for call in runner.calls} == {"1"}
    assert {call.env["DOCKER_HOST"] for call in runner.calls} == {"tcp://node:2376"}


DOCKERFILE = """ARG BASE
FROM ${BASE} AS build
# Dependencies first.

RUN pip install \\
    -r requirements.txt
"""
PIP = """#9 [build 4/4] RUN pip install -r requirements.txt
#9 sha256:abc
#9 0.812 Collecting fastapi
#9 1.904 ERROR: Could not find a version that satisfies the requirement nope==0
#9 1.921 ERROR: No matching distribution found for nope==0
#9 ERROR: executor failed running [/bin/sh -c pip install]: exit code: 1
------
 > [build 4/4] RUN pip install -r requirements.txt:
executor failed running [/bin/sh -c pip install]: exit code: 1"""
NEWER = """#8 [2/2] RUN make
#8 0.200 cc: broken.c:3: expected ';'
#8 ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 2
------
Dockerfile:7
--------------------
ERROR: failed to solve: process did not complete successfully"""
NPM = """#7 [3/3] RUN npm ci
#7 2.1 npm error code EUSAGE
#7 2.1 npm error `npm ci` can only install packages when package.json and package-lock.json are in sync
#7 2.2 npm error A complete log of this run can be found in: /root/.npm/_logs/x.log
#7 ERROR: executor failed running [npm ci]: exit code: 1"""
SYNTAX = "failed to solve with frontend dockerfile.v0: Dockerfile parse error line 3: unknown instruction: NONSENSE"


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (PIP, "Dockerfile:5: ERROR: No matching distribution found for nope==0"),
        (NEWER, "Dockerfile:7: cc: broken.c:3: expected ';'"),
        (NPM, "npm error `npm ci` can only install packages when package.json and package-lock.json are in sync"),
        (SYNTAX, SYNTAX),
        ("", "no output"),
    ],
)
def test_the_reason_of_a_failed_build_is_what_its_step_said(output: str, reason: str) -> None:
    assert failure(output.splitlines(), DOCKERFILE) == reason


def test_a_failed_build_is_one_line_about_its_image() -> None:
    runner = FakeRunner({"docker build": (1, PIP, "")})
    with pytest.raises(UserError) as raised:
        Builder(runner, "docker", ImageRoute("docker-env"), Steps()).build(IMAGE, lambda line: None)
    assert str(raised.value) == (
        "the build of svc failed: ERROR: No matching distribution found for nope==0; mend it and save"
    )
