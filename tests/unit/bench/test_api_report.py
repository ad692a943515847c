"""The tables, the JSON and the figures of `./dev bench api`, and what runs beside the release."""

from __future__ import annotations

from scripts.bench.load import bare, bare_server
from scripts.bench.load.api import by_component
from scripts.bench.load.api_report import BARE, ApiReport, Phase
from scripts.bench.load.operations import CHAT, MIX, READ
from scripts.bench.load.release import containers, resources, restarts
from scripts.bench.load.traffic import Timings
from scripts.bench.load.usage import Reading
from tests.unit.bench.test_machine import conditions

CORES = {"frontend": 0.25, "backend": 0.5}


def phase(by: str, operation: str, clients: int, count: int) -> Phase:
    """So many requests in two seconds."""
    return Phase(by, operation, clients, Timings([0.25] * count, elapsed=2.0, own=0.125), CORES, busy=0.984)


REPORT = ApiReport(
    conditions(), 16,
    [
        phase("1", MIX, 16, 60), phase("1", READ, 1, 8), phase("1", READ, 16, 100), phase("1", CHAT, 16, 10),
        phase(BARE, READ, 1, 40), phase(BARE, READ, 16, 400), phase("2", READ, 16, 150),
    ],
)  # fmt: skip


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_row_has_the_times_alone_and_together_and_the_ratio_to_the_bare_server() -> None:
    rows = [cells(line) for line in REPORT.times_table()[2:]]
    assert rows == [
        ["read 50 tasks, 1 replica", "250.0", "250.0", "50", "250.0", "250.0", "0.25"],
        ["read 50 tasks, 2 replicas", "", "", "75", "250.0", "250.0", "0.38"],
        ["read 50 tasks, bare FastAPI", "250.0", "250.0", "200", "250.0", "250.0", ""],
        ["chat turn, 1 replica", "", "", "5", "250.0", "250.0", ""],
        ["the mix, 1 replica", "", "", "30", "250.0", "250.0", ""],
    ]


def test_the_cost_of_a_request_is_told_by_component() -> None:
    heading, _, first, *_ = (cells(line) for line in REPORT.cost_table())
    found = dict(zip(heading, first, strict=True))
    assert (found["frontend"], found["backend"], found["postgres"], found["sender"]) == ("5.0", "10.0", "", "2.5")
    assert (found["cores in use"], found["machine busy"]) == ("0.88", "98%")


def test_failures_are_told_with_their_first_reason() -> None:
    failing = ApiReport(conditions(), 16, [Phase("1", READ, 16, Timings([], 3, ["read: 503"], 1.0), {}, 0.1)])
    assert failing.failures() == ["read 50 tasks, 1 replica, 16 clients: 3 failed: read: 503"]
    assert failing.figures() == {}
    assert cells(failing.times_table()[2])[3] == "0"


def test_the_json_has_every_phase_and_the_history_seconds_only() -> None:
    phases = REPORT.as_json()["phases"]
    assert [each["ratio"] for each in phases] == [None, None, 0.25, None, None, 1.0, 0.375]
    assert (phases[0]["operation"], phases[0]["rate"], phases[0]["busy"]) == ("mix", 30.0, 0.984)
    assert REPORT.figures()["read 50 tasks, 1 replica, alone"] == 0.25
    assert REPORT.figures()["read 50 tasks, 1 replica, together"] == 0.02
    assert REPORT.figures()["the mix, 1 replica, together"] == 1 / 30


def test_the_pods_of_a_component_are_counted_together() -> None:
    before, after = Reading(0.0, 0, 0, 0.0), Reading(2.0, 0, 0, 1.0)
    names = ("backend", "backend 2", "postgres")
    assert by_component(dict.fromkeys(names, before), dict.fromkeys(names, after)) == {"backend": 1.0, "postgres": 0.5}


def pod(name: str, component: str = "") -> dict[str, object]:
    labels = {"app.kubernetes.io/component": component} if component else {}
    container = {"name": component or name, "resources": {"limits": {"memory": f"{len(name)}Mi"}}}
    status = {"containerStatuses": [{"restartCount": len(name)}]}
    return {"metadata": {"name": name, "labels": labels}, "spec": {"containers": [container]}, "status": status}


def test_containers_are_named_after_their_component_and_those_of_one_component_counted() -> None:
    pods = [pod("todo-backend-zz", "backend"), pod("bare"), pod("todo-backend-a", "backend")]
    assert containers(pods) == {
        "bare": ("bare", "bare"),
        "backend": ("todo-backend-a", "backend"),
        "backend 2": ("todo-backend-zz", "backend"),
    }
    assert resources(pods)["backend 2"]["limits"] == {"memory": "15Mi"}
    assert restarts(pods) == {"bare": 4, "backend": 14, "backend 2": 15}


def test_the_bare_server_has_the_backends_image_and_limits_and_may_reach_the_database() -> None:
    backend = {"image": "todo-backend:1", "resources": {"limits": {"memory": "1Mi"}}, "securityContext": {"a": 1}}
    found = {item["kind"]: item for item in bare.manifests(backend, {"runAsNonRoot": True}, "source")}
    (container,) = found["Pod"]["spec"]["containers"]
    assert {key: container[key] for key in backend} == backend
    assert found["ConfigMap"]["data"] == {"bare_server.py": "source"}
    assert container["command"][-1] == "/bare/bare_server.py"
    (rule,) = found["NetworkPolicy"]["spec"]["ingress"]
    assert rule["from"][0]["podSelector"]["matchLabels"] == found["Pod"]["metadata"]["labels"]


def test_the_bare_server_reads_and_adds() -> None:
    assert set(bare_server.app.openapi()["paths"]["/{user_id}/tasks"]) == {"get", "post"}
