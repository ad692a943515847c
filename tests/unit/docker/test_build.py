"""`docker build` and the reason of a failed one."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.core.certificates import ca_bundle
from scripts.docker.build import ca_secret, failure, parse

DOCKERFILE = """ARG BASE
FROM ${BASE} AS build
# Dependencies first.

RUN pip install \\
    -r requirements.txt

COPY nope /x
RUN two
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
UV = """#9 [dev 3/6] RUN pip install -r requirements.txt
#9 0.192 Using Python 3.13.5 environment at: /opt/venv
#9 0.415 error: Failed to download `six==1.17.0`
#9 0.416   cause: Hash mismatch for `six==1.17.0`
#9 0.416
#9 0.416          Expected:
#9 ERROR: executor failed running [/bin/sh -c uv pip install]: exit code: 1"""
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
# As printed by Docker 20.10.
APT = """#4 [2/2] RUN apt-get install x y
#4 sha256:69de
#4 0.158 E: Unable to locate package x
#4 0.158 E: Unable to locate package y
#4 0.159 bye
#4 ERROR: executor failed running [/bin/sh -c apt-get install x y]: exit code: 100"""
COPY = """#5 [internal] load build context
#5 transferring context: 2B done
#5 DONE 0.0s

#6 [2/2] COPY nope /x
#6 sha256:1eea
#6 ERROR: "/nope" not found: not found
------
 > [2/2] COPY nope /x:
------
failed to compute cache key: "/nope" not found: not found"""
PULL = """#3 [internal] load metadata for nope.invalid/x:1
#3 sha256:6bac
#3 ERROR: failed to do request: Head "https://nope.invalid/v2/x/manifests/1": no such host
------
failed to solve with frontend dockerfile.v0: failed to create LLB definition"""
BESIDE = """#4 [a 1/2] RUN one
#4 0.1 first

#5 [b 1/2] RUN two
#5 0.2 second

#4 [a 1/2] RUN one
#4 0.3 ERROR: only printed
#4 ...

#5 [b 1/2] RUN two
#5 ERROR: process did not complete successfully"""
SYNTAX = "failed to solve with frontend dockerfile.v0: Dockerfile parse error line 3: unknown instruction: NONSENSE"


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (PIP, "Dockerfile:5: ERROR: No matching distribution found for nope==0"),
        (UV, "Dockerfile:5: error: Failed to download `six==1.17.0`: Hash mismatch for `six==1.17.0`"),
        (NEWER, "Dockerfile:7: cc: broken.c:3: expected ';'"),
        (NPM, "npm error `npm ci` can only install packages when package.json and package-lock.json are in sync"),
        (APT, "E: Unable to locate package x"),
        (COPY, 'Dockerfile:8: "/nope" not found: not found'),
        (PULL, 'failed to do request: Head "https://nope.invalid/v2/x/manifests/1": no such host'),
        (BESIDE, "Dockerfile:9: second"),
        (SYNTAX, SYNTAX),
        (f"{SYNTAX}\n\nView build details: docker-desktop://x", SYNTAX),
        ("", "no output"),
    ],
)
def test_the_reason_of_a_failed_build_is_what_its_step_said(output: str, reason: str) -> None:
    assert failure(output.splitlines(), DOCKERFILE) == reason


def test_the_output_of_steps_that_run_side_by_side_is_sorted_out() -> None:
    one, two = parse(BESIDE.splitlines())
    assert (one.instruction, one.output, one.error) == ("[a 1/2] RUN one", ["first", "ERROR: only printed"], "")
    assert (two.instruction, two.output) == ("[b 1/2] RUN two", ["second"])
    assert two.error == "process did not complete successfully"


def test_the_users_own_ca_bundle_comes_first_and_is_passed_as_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("certificates")
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    assert ca_bundle() == str(bundle)
    assert ca_secret() == [f"id=ca,src={bundle}"]
