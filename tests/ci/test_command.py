"""`./dev ci` on a checkout with a mistake in it."""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from scripts.ci import trouble
from tests.ci.test_troubles import deployment
from tests.cluster.conftest import Kubectl
from tests.loop.running_loop import copy_checkout

SECONDS = 600


def test_a_wrong_image_name_ends_it_with_its_kind_and_a_report(kubectl: Kubectl, image: str, tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path / "checkout")
    broken = deployment("bad-image-name", kubectl.namespace, image)
    (checkout / "more.json").write_text(json.dumps(broken))
    with (checkout / "Tiltfile").open("a") as file:
        file.write("k8s_yaml('more.json')\n")
    report = tmp_path / "report"
    command = ["./dev", "ci", "--cluster", "embedded", "--junit", str(report)]
    ended = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=SECONDS)
    assert ended.returncode == trouble.IMAGE_NAME.code, ended.stderr
    assert "bad-image-name is red: " in ended.stderr
    assert "error: bad-image-name (image-name): container main of pod bad-image-name-" in ended.stderr
    failed = {case.get("name") for case in ElementTree.parse(report / "stack.xml").iter("testcase") if len(case)}
    assert failed == {"bad-image-name"}
