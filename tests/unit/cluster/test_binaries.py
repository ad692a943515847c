"""Compiling the embedded node's programs."""

import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from scripts.cluster.embedded import node_binaries
from scripts.core.errors import UserError
from scripts.core.progress import Step, Steps
from scripts.core.runner import CommandFailed, Result
from tests.unit.fakes import FakeRunner

GO_MOD = (node_binaries.SOURCE / "go.mod").read_text()


@pytest.fixture
def step() -> Step:
    return Step(Steps(io.StringIO()), "compile")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TODO_CACHE_DIR", str(tmp_path))
    return tmp_path


def a_go(version: str) -> FakeRunner:
    return FakeRunner({"/usr/bin/go version": (0, f"go version go{version} linux/amd64", "")})


@pytest.fixture
def without_go_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_binaries, "go_of_the_wheel", list)


def test_the_programs_report_the_versions_that_go_mod_pins() -> None:
    pinned = node_binaries.versions(GO_MOD)
    (flags,) = [flag for flag in node_binaries.build_flags(GO_MOD) if flag.startswith("-ldflags=")]
    assert f"version.gitVersion={pinned['k8s.io/kubernetes']}" in flags
    assert f"version.version={pinned['helm.sh/helm/v4']}" in flags


def test_every_part_of_kubernetes_has_the_version_of_the_whole() -> None:
    whole = node_binaries.versions(GO_MOD)["k8s.io/kubernetes"].removeprefix("v1.")
    replaced = dict(re.findall(r"^\t(k8s\.io/[\w-]+) => \S+ (v\S+)$", GO_MOD, re.MULTILINE))
    assert set(replaced.values()) == {f"v0.{whole}"}


def test_the_image_links_every_program_that_the_binary_contains() -> None:
    main = (node_binaries.SOURCE / "main.go").read_text()
    table = main[main.index("var programs") : main.index("func main")]
    programs = set(re.findall(r'^\t"([\w-]+)":', table, re.MULTILINE))
    dockerfile = (node_binaries.SOURCE / "Dockerfile").read_text()
    (linked,) = re.findall(r"for program in (.+?); do", dockerfile, re.DOTALL)
    assert set(linked.replace("\\", "").split()) == programs
    assert set(node_binaries.HOST_LINKS) <= programs


@pytest.mark.usefixtures("without_go_wheel")
def test_a_go_on_path_that_is_new_enough_is_used() -> None:
    assert node_binaries.find_go(a_go("1.27.0"), "go 1.26.6\n") == "/usr/bin/go"
    assert node_binaries.find_go(a_go("1.26.6"), "go 1.26.6\n") == "/usr/bin/go"


@pytest.mark.usefixtures("without_go_wheel")
def test_a_go_that_is_too_old_is_told_with_the_way_to_a_newer() -> None:
    with pytest.raises(UserError, match=r"Go 1\.26\.6 or newer .*\(/usr/bin/go is 1\.19\.8\); .*requirements-dev"):
        node_binaries.find_go(a_go("1.19.8"), "go 1.26.6\n")


@pytest.mark.usefixtures("without_go_wheel")
def test_a_compile_that_failed_counts_for_nothing_and_the_next_goes_on_from_its_cache(step: Step, cache: Path) -> None:
    failing = a_go("9.0")
    failing.answers["/usr/bin/go build"] = (1, "", "main.go:1: broken")
    with pytest.raises(UserError, match="broken"):
        node_binaries.ensure(failing, step)
    assert not node_binaries.folder().exists()

    (cache / "go-build").mkdir()
    working = a_go("9.0")
    folder = node_binaries.ensure(working, step)
    assert (folder / "kubectl").readlink() == Path("todo-node")
    builds = [call for runner in (failing, working) for call in runner.calls if call.argv[1] == "build"]
    assert {call.env["GOCACHE"] for call in builds} == {str(cache / "go-build")}
    assert not (cache / "go-build").exists()


@pytest.mark.usefixtures("without_go_wheel")
def test_what_is_in_the_cache_is_not_compiled_again(step: Step) -> None:
    node_binaries.ensure(a_go("9.0"), step)
    again = FakeRunner()
    assert node_binaries.ensure(again, step) == node_binaries.folder()
    assert again.calls == []


class CompilingTwo(FakeRunner):
    """A Go that plans to compile two packages and compiles the first."""

    def run(self, argv: Sequence[str], *, on_line: Callable[[str], None] | None = None, **options: Any) -> Result:
        if argv[1] == "build" and on_line is not None:
            [graph] = [word.partition("=")[2] for word in argv if word.startswith("-debug-actiongraph=")]
            Path(graph).write_text('[{"Mode": "build"}, {"Mode": "build"}, {"Mode": "link"}]')
            on_line("go: downloading k8s.io/api v0.37.2")
            on_line("k8s.io/api/core/v1")
        return super().run(argv, on_line=on_line, **options)


@pytest.mark.usefixtures("without_go_wheel")
def test_the_progress_is_told_by_what_go_plans_to_compile(step: Step, cache: Path) -> None:
    node_binaries.ensure(CompilingTwo(a_go("9.0").answers), step)
    assert step.latest == "1 of 2 packages compiled"
    assert [path.name for path in (cache / "bin").iterdir() if path.suffix] == []


@pytest.mark.parametrize("plan", [None, "", "{", "[1]", '[{"mode": 1}]'])
def test_without_gos_plan_the_number_of_packages_is_unknown(tmp_path: Path, plan: str | None) -> None:
    if plan is not None:
        (tmp_path / "graph").write_text(plan)
    assert node_binaries.packages_in(tmp_path / "graph") == 0


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            "k8s.io/x@v1: Get https://p.example/x: dial tcp: lookup p.example: no such host",
            "check the network and GOPROXY",
        ),
        ("write /c/go-build/b.a: no space left on device", "the disk is full"),
        ("k8s.io/api/core/v1: compile: signal: killed", "out of memory"),
        ("verifying k8s.io/api@v1: checksum mismatch", "not the one that was pinned"),
        ("./main.go:3:1: syntax error", "could not compile the embedded cluster: ./main.go:3:1"),
    ],
)
def test_a_failed_compile_says_what_happened_and_what_to_do(line: str, says: str) -> None:
    failed = CommandFailed(Result(("go", "build"), 1, f"a/package\n{line}\n", ""))
    told = str(node_binaries.explain(failed))
    assert says in told
    assert "\n" not in told
