"""The tables, the JSON and the figures of ./dev bench loop, and which engines it measures."""

from __future__ import annotations

import json
import re
import socket
from datetime import UTC, datetime
from typing import cast

import pytest

from scripts.bench.loop import check_free, chosen
from scripts.bench.loop_report import LoopReport, Measured
from scripts.bench.statistics import Sample, Series
from scripts.core.errors import ToolMissing, UserError
from scripts.core.paths import ROOT
from scripts.kube.api import Kube
from tests.unit.bench.test_machine import conditions


def series(*seconds: float) -> Series:
    return Series([Sample(each, {"detect": 0.025}, "sync") for each in seconds])


def report(**backend: Measured) -> LoopReport:
    return LoopReport(conditions(), "0.37.6", {"backend": backend})


FULL = report(
    floor=Measured(Series([Sample(0.1875, {"unpack": 0.0625, "reload": 0.125})])),
    embedded=Measured(series(0.25, 0.3), {"public": series(0.55)}, Sample(20.0, {"build": 12.0}, "rebuild")),
    tilt=Measured(series(0.5, 0.6), {"public": series(1.1)}, Sample(25.0)),
)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_edits_are_compared_with_tilt_and_with_the_floor() -> None:
    heading, _, row = FULL.edits_table()
    assert dict(zip(cells(heading)[:1] + cells(heading)[-2:], cells(row)[:1] + cells(row)[-2:], strict=True)) == {
        "saved → served, seconds": "backend", "ours ÷ Tilt": "0.50", "ours − floor": "+0.088",
    }  # fmt: skip
    assert cells(row)[1:7] == ["0.188", "0.188", "0.275", "0.300", "0.550", "0.600"]


def test_rebuilds_and_edits_beside_other_files_have_tables_of_their_own() -> None:
    assert cells(FULL.rebuild_table()[-1]) == ["backend", "20.0", "25.0", "0.80"]
    assert cells(FULL.crowd_table()[-1]) == ["backend, in frontend/public", "0.550", "2.00", "1.100", "2.00"]


def test_what_was_not_measured_is_left_empty_or_out() -> None:
    ours = report(embedded=Measured(series(0.3)))
    assert cells(ours.edits_table()[-1]) == ["backend", "", "", "0.300", "0.300", "", "", "", ""]
    assert ours.rebuild_table() == ours.crowd_table() == []
    assert report(embedded=Measured(rebuild=Sample(1.0))).edits_table() == []


def test_the_text_has_conditions_tables_and_stages() -> None:
    text = FULL.text()
    assert "commit abc1234, cluster embedded, Tilt 0.37.6\n" in text
    assert "\n".join(FULL.edits_table()) in text
    assert re.search(r"^backend +floor +unpack 0.062 · reload 0.125$", text, re.MULTILINE)
    assert re.search(r"^backend +embedded rebuild +build 12.0$", text, re.MULTILINE)


def test_what_went_another_way_is_said() -> None:
    assert FULL.odd() == []
    odd = Measured(Series([Sample(9.0, action="rebuild")]), problems=["beside files in x: not within 60 s"])
    assert report(embedded=odd).odd() == [
        "not measured: backend embedded beside files in x: not within 60 s",
        "not updated in place: backend rebuild",
    ]


def test_the_json_has_median_95th_percentile_and_stages_by_service_and_engine() -> None:
    found = json.loads(json.dumps(FULL.as_json()))
    assert found["backend"]["floor"]["p50"] == 0.1875
    assert found["backend"]["embedded"]["p95"] == 0.3
    assert found["backend"]["embedded"]["stages"] == {"detect": {"p50": 0.025, "p95": 0.025}}
    assert found["backend"]["embedded"]["beside"]["public"]["ratio"] == 2.0
    assert found["backend"]["tilt"]["rebuild"]["seconds"] == 25.0
    assert found["run"]["tilt"] == "0.37.6" and found["run"]["machine"]["cores"] == 2


def test_the_history_gets_each_median_by_a_name() -> None:
    assert FULL.figures() == {
        "backend floor": 0.1875,
        "backend embedded": 0.275,
        "backend embedded beside public": 0.55,
        "backend embedded rebuild": 20.0,
        "backend tilt": 0.55,
        "backend tilt beside public": 1.1,
        "backend tilt rebuild": 25.0,
    }


def test_the_document_shows_the_tables_that_are_printed() -> None:
    shown = [cells(line) for line in (ROOT / "docs/measurements.md").read_text().splitlines() if line.startswith("|")]
    assert cells(FULL.edits_table()[0]) in shown
    assert cells(FULL.rebuild_table()[0]) in shown


def test_engines_run_in_order_and_tilt_only_if_it_is_there() -> None:
    assert chosen([], has_tilt=True) == ["floor", "embedded", "tilt"]
    assert chosen([], has_tilt=False) == ["floor", "embedded"]
    assert chosen(["tilt", "floor"], has_tilt=True) == ["floor", "tilt"]
    with pytest.raises(ToolMissing, match="tilt is not installed"):
        chosen(["tilt"], has_tilt=False)


class Cluster:
    """A cluster with one lease; "" is held by nobody."""

    def __init__(self, holder: str = "") -> None:
        self._spec = {"holderIdentity": holder, "renewTime": datetime.now(UTC).isoformat()}

    def find(self, path: str) -> dict[str, object]:
        return {"metadata": {}, "spec": self._spec}


def test_a_cluster_with_another_loop_is_refused_and_its_holder_named() -> None:
    with pytest.raises(UserError, match="a loop already runs on this cluster: ann@elsewhere pid 7 in /x; stop it"):
        check_free(cast(Kube, Cluster("ann@elsewhere pid 7 in /x")), 1)


def test_a_page_port_in_use_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"port {port} is in use by (python|pytest|another program)"):
            check_free(cast(Kube, Cluster()), port)
    check_free(cast(Kube, Cluster()), port)
