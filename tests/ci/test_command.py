"""`./dev ci` on this checkout, and on it with a mistake."""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

from scripts.ci import trouble
from scripts.services import SERVICES
from tests.ci.test_troubles import deployment
from tests.cluster.conftest import Kubectl
from tests.loop.running_loop import copy_checkout

SECONDS = 600


def run_ci(folder: Path, *broken: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """`./dev ci` on a copy of this checkout that describes these objects too; its report is in `report`."""
    checkout = copy_checkout(folder / "checkout")
    for number, item in enumerate(broken):
        (checkout / f"more{number}.json").write_text(json.dumps(item))
        with (checkout / "Tiltfile").open("a") as file:
            file.write(f"k8s_yaml('more{number}.json')\n")
    command = ["./dev", "ci", "--cluster", "embedded", "--junit", str(folder / "report")]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=SECONDS)


def cases(report: Path) -> dict[str, str | None]:
    """The cases of a JUnit report by name, each with its failure; None if it passed."""
    found = ElementTree.parse(report).iter("testcase")
    return {str(case.get("name")): case.findtext("failure") if len(case) else None for case in found}


def test_a_green_stack_whose_tests_pass_ends_with_0_and_two_reports(tmp_path: Path) -> None:
    ended = run_ci(tmp_path)
    assert ended.returncode == 0, ended.stderr
    stack, tests = cases(tmp_path / "report/stack.xml"), cases(tmp_path / "report/e2e.xml")
    assert stack.keys() >= {service.component for service in SERVICES} | {"postgres", "e2e"}
    assert tests
    assert {*stack.values(), *tests.values()} == {None}


def test_a_wrong_image_name_ends_it_with_its_kind_and_a_report(kubectl: Kubectl, image: str, tmp_path: Path) -> None:
    ended = run_ci(tmp_path, deployment("bad-image-name", kubectl.namespace, image))
    assert ended.returncode == trouble.IMAGE_NAME.code, ended.stderr
    assert "bad-image-name is red: " in ended.stderr
    assert "error: bad-image-name (image-name): container main of pod bad-image-name-" in ended.stderr
    failed = {name for name, failure in cases(tmp_path / "report/stack.xml").items() if failure is not None}
    assert failed == {"bad-image-name"}


def test_the_last_words_of_a_container_that_keeps_ending_are_told(kubectl: Kubectl, image: str, tmp_path: Path) -> None:
    broken = deployment("crash-loop", kubectl.namespace, image)
    (container,) = broken["spec"]["template"]["spec"]["containers"]
    container["command"] = ["sh", "-c", "echo no disk, giving up; exit 3"]
    ended = run_ci(tmp_path, broken)
    assert ended.returncode == trouble.CRASH.code, ended.stderr
    assert "no disk, giving up" in ended.stderr
    assert "no disk, giving up" in (cases(tmp_path / "report/stack.xml")["crash-loop"] or "")
