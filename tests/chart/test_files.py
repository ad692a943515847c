"""Which files of the chart's folder helm takes for templates."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.chart.helm import CHART, Helm


def test_files_that_editors_leave_are_no_templates(helm: Helm, tmp_path: Path) -> None:
    copy = shutil.copytree(CHART, tmp_path / "chart")
    for name in ("backend.yaml.bak", "backend.yaml~", "#backend.yaml#", ".#backend.yaml", ".backend.yaml.swp"):
        shutil.copy(copy / "templates/backend.yaml", copy / "templates" / name)
    sources = re.findall(r"^# Source: .*", helm.template(), re.MULTILINE)
    assert len(sources) > 10
    assert re.findall(r"^# Source: .*", helm.template(chart=copy), re.MULTILINE) == sources
