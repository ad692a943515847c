"""helm(): what is rendered, from which files, into which namespace."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.core.runner import Result
from tests.unit.fakes import FakeRunner
from tests.unit.tiltfile.tiltfiles import error, load, names, workload, write


class Helm(FakeRunner):
    """Renders every file of templates/ as helm does: partials aside, each file after a line with its name."""

    def run(self, argv, **options) -> Result:  # type: ignore[no-untyped-def]
        super().run(argv, **options)
        chart = Path(argv[3])
        files = [file for file in sorted((chart / "templates").rglob("*")) if file.is_file()]
        shown = [f"---\n# Source: c/{file.relative_to(chart)}\n{file.read_text()}" for file in files]
        return Result(tuple(argv), 0, "".join(shown), "")


def config_map(name: str, more: str = "") -> str:
    return f"# a comment\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}{more}}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, {"c/Chart.yaml": "name: c\n", "c/templates/a.yaml": config_map("a")})
    return tmp_path


@pytest.mark.parametrize("name", ["a.yaml.bak", "a.yaml~", "#a.yaml#", "sub/.a.yaml.swp", ".#a.yaml"])
def test_files_that_editors_leave_are_not_rendered(folder: Path, name: str) -> None:
    write(folder, {f"c/templates/{name}": config_map("a"), "c/templates/b.yaml": config_map("b")})
    runner = Helm()
    env = load(folder, "k8s_yaml(helm('c'))\n", runner=runner)
    assert names(workload(env, "uncategorized")) == ["ConfigMap/a", "ConfigMap/b"]
    assert folder / "c" in env.config_files
    assert not Path(runner.calls[0].argv[3]).exists()


def test_a_chart_without_such_files_is_rendered_where_it_is(folder: Path) -> None:
    runner = Helm()
    load(folder, "k8s_yaml(helm('c'))\n", runner=runner)
    assert runner.argvs() == [f"helm template chart {folder}/c --include-crds"]


def test_a_namespace_is_given_to_objects_that_have_none(folder: Path) -> None:
    for name, more in {"b": ", namespace: other", "d": ", namespace: "}.items():
        write(folder, {f"c/templates/{name}.yaml": config_map(name, more)})
    env = load(folder, "k8s_yaml(helm('c', namespace='n'))\n", runner=Helm())
    found = workload(env, "uncategorized").objects
    assert [(item["metadata"]["name"], item["metadata"]["namespace"]) for item in found] == [
        ("a", "n"),
        ("b", "other"),
        ("d", "n"),
    ]
    env = load(folder, "k8s_yaml(helm('c'))\n", runner=Helm())
    assert [item["metadata"].get("namespace") for item in workload(env, "uncategorized").objects] == [
        None,
        "other",
        None,
    ]


def test_a_chart_that_renders_nothing_is_no_mistake(folder: Path) -> None:
    (folder / "c/templates/a.yaml").write_text("# nothing\n")
    assert load(folder, "k8s_yaml(helm('c'))\n", runner=Helm()).resources == ()


def test_an_unfinished_template_is_named(folder: Path) -> None:
    (folder / "c/templates/a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\n")
    (folder / "Tiltfile").write_text("helm('c')\n")
    with pytest.raises(Exception, match=r"Tiltfile:1: helm: c/templates/a.yaml: a ConfigMap has no metadata.name"):
        load(folder, "helm('c')\n", runner=Helm())


def test_a_folder_without_a_chart_is_named(folder: Path) -> None:
    assert "/Tiltfile:1: helm: there is no chart in /web" in error(folder, "helm('web')\n")
