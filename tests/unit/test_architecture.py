"""The structure of scripts/: which package may import which, and how large each may grow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.core.paths import ROOT
from tests.unit import import_graph
from tests.unit.import_graph import (
    Tree,
    arrows,
    circles,
    imports_entering,
    imports_leaving,
    imports_returning,
    longer_than,
    parts,
    total_lines,
    upward,
)

ENGINE = "scripts.engine"
ENGINE_MAY_IMPORT = [
    "scripts.core", "scripts.kube", "scripts.docker", "scripts.files", "scripts.tiltfile", "scripts.cluster.provider",
]  # fmt: skip
# The packages and modules of the engine; each may import those of later lines only.
ENGINE_ORDER = (
    ("session",),
    ("page",),
    ("loop",),
    ("proof",),
    ("update",),
    ("record", "settings"),
)
MODULE_LINES = 250
ENGINE_LINES = 3_500
ENGINE_PARTS = 14
ENGINE_ARROWS = 40

# Known violations. An entry that no longer applies fails the tests as well: remove it.
CIRCLES: list[tuple[str, ...]] = []
ENGINE_CIRCLES: list[tuple[str, ...]] = []
ENGINE_UPWARD: list[str] = []
ENGINE_LEAVING: list[str] = []
ENGINE_ENTERING: list[str] = []


@pytest.fixture(scope="module")
def tree() -> Tree:
    return import_graph.read(ROOT, "scripts")


def test_no_modules_import_each_other_in_a_circle(tree: Tree) -> None:
    assert circles(tree.imports) == CIRCLES


def test_no_packages_of_the_engine_import_each_other_in_a_circle(tree: Tree) -> None:
    assert circles(parts(tree.imports, ENGINE)) == ENGINE_CIRCLES


def test_the_packages_of_the_engine_import_in_one_direction(tree: Tree) -> None:
    assert upward(parts(tree.imports, ENGINE), ENGINE_ORDER) == ENGINE_UPWARD


def test_the_engine_imports_nothing_of_this_project(tree: Tree) -> None:
    assert imports_leaving(tree.imports, ENGINE, ENGINE_MAY_IMPORT) == ENGINE_LEAVING


def test_the_engine_is_used_through_its_public_names_only(tree: Tree) -> None:
    assert imports_entering(tree.imports, ENGINE) == ENGINE_ENTERING


def test_nothing_inside_the_engine_imports_its_public_names(tree: Tree) -> None:
    assert imports_returning(tree.imports, ENGINE) == []


def test_the_kubernetes_client_imports_core_only(tree: Tree) -> None:
    assert imports_leaving(tree.imports, "scripts.kube", ["scripts.core"]) == []


def test_the_packages_of_scripts_import_in_one_direction(tree: Tree) -> None:
    assert circles(parts(tree.imports, "scripts")) == []


def test_the_tiltfile_is_read_without_the_engine(tree: Tree) -> None:
    assert imports_leaving(tree.imports, "scripts.tiltfile", ["scripts.core", "scripts.docker.patterns"]) == []


def test_files_are_watched_and_compared_without_the_engine(tree: Tree) -> None:
    allowed = ["scripts.core", "scripts.docker.patterns", "scripts.tiltfile.model"]
    assert imports_leaving(tree.imports, "scripts.files", allowed) == []


def test_core_imports_nothing_of_ours(tree: Tree) -> None:
    assert imports_leaving(tree.imports, "scripts.core", []) == []


def test_the_python_environment_is_made_without_what_it_contains() -> None:
    without_packages = [sys.executable, "-S", "-c", "import scripts.environment.__main__"]
    subprocess.run(without_packages, cwd=ROOT, check=True)


def test_only_the_command_line_imports_commands(tree: Tree) -> None:
    assert imports_entering(tree.imports, "scripts.commands", ["scripts.cli"]) == []


def test_modules_stay_short(tree: Tree) -> None:
    assert longer_than(tree, MODULE_LINES) == []


def test_the_engine_stays_small(tree: Tree) -> None:
    page = total_lines(tree, f"{ENGINE}.page")
    assert total_lines(tree, ENGINE) - page <= ENGINE_LINES
    drawing = parts(tree.imports, ENGINE)
    assert len(drawing) <= ENGINE_PARTS
    assert len(arrows(drawing)) <= ENGINE_ARROWS


# The checks themselves, on a small tree: each is able to fail.

FILES = {
    "app/__init__.py": "",
    "app/core/__init__.py": "",
    "app/core/errors.py": "import sys\nfrom json import loads\n",
    "app/core/bad.py": "from app.cli import main\n",
    "app/cli.py": "def main():\n    from app.commands import up\n    from app import engine\n",
    "app/commands/__init__.py": "",
    "app/commands/up.py": "import app.engine.loop.worker\n",
    "app/engine/__init__.py": "from app.engine.session import run\n",
    "app/engine/session.py": "from app.engine.loop import worker\nfrom app.engine.model import A, B\n",
    "app/engine/loop/__init__.py": "",
    "app/engine/loop/worker.py": "from ..model import A\nfrom . import inbox\nfrom app.core.errors import E\n",
    "app/engine/public.py": "from app.engine import run\n",
    "app/engine/loop/inbox.py": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from app.engine.loop.worker import W\n"
    ),
    "app/engine/model.py": "def f():\n    import app.engine.session\n\n\nfrom app.cli import main\n",
}


@pytest.fixture
def small(tmp_path: Path) -> Tree:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return import_graph.read(tmp_path, "app")


def test_imports_are_found_in_functions_for_types_and_relative(small: Tree) -> None:
    assert {name: sorted(others) for name, others in small.imports.items() if others} == {
        "app.cli": ["app.commands.up", "app.engine"],
        "app.commands.up": ["app.engine.loop.worker"],
        "app.core.bad": ["app.cli"],
        "app.engine": ["app.engine.session"],
        "app.engine.loop.inbox": ["app.engine.loop.worker"],
        "app.engine.loop.worker": ["app.core.errors", "app.engine.loop.inbox", "app.engine.model"],
        "app.engine.model": ["app.cli", "app.engine.session"],
        "app.engine.public": ["app.engine"],
        "app.engine.session": ["app.engine.loop.worker", "app.engine.model"],
    }


def test_circles_are_found() -> None:
    graph = {"a": frozenset("b"), "b": frozenset("ac"), "c": frozenset("d"), "d": frozenset("ed"), "e": frozenset("c")}
    assert circles(graph) == [("a", "b"), ("c", "d", "e")]
    assert circles({"a": frozenset("b"), "b": frozenset("c"), "c": frozenset()}) == []


def test_parts_hide_their_modules_and_leave_out_the_public_names(small: Tree) -> None:
    drawing = parts(small.imports, "app.engine")
    assert arrows(drawing) == ["loop → model", "model → session", "session → loop", "session → model"]
    assert circles(drawing) == [("loop", "model", "session")]


def test_an_import_against_the_order_and_a_name_without_a_place_are_found(small: Tree) -> None:
    drawing = parts(small.imports, "app.engine")
    assert upward(drawing, [["session"], ["loop"], ["model", "public"]]) == ["model → session"]
    assert upward(drawing, [["session", "loop"], ["model", "public"]]) == ["model → session", "session → loop"]
    assert upward(drawing, [["session"], ["loop"], ["public"]])[0] == "model has no place in the order"


def test_imports_that_leave_a_package_are_found(small: Tree) -> None:
    assert imports_leaving(small.imports, "app.engine", ["app.core"]) == ["app.engine.model → app.cli"]
    assert imports_leaving(small.imports, "app.core", []) == ["app.core.bad → app.cli"]


def test_imports_of_what_is_inside_a_package_are_found(small: Tree) -> None:
    assert imports_entering(small.imports, "app.engine") == ["app.commands.up → app.engine.loop.worker"]
    assert imports_entering(small.imports, "app.commands") == ["app.cli → app.commands.up"]
    assert imports_entering(small.imports, "app.commands", ["app.cli"]) == []


def test_imports_of_the_public_names_from_inside_are_found(small: Tree) -> None:
    assert imports_returning(small.imports, "app.engine") == ["app.engine.public → app.engine"]


def test_long_modules_are_found_and_lines_are_counted(small: Tree) -> None:
    assert longer_than(small, 4) == ["app.engine.model: 5 lines"]
    assert total_lines(small, "app.engine.loop") == 6
    assert total_lines(small, "app.engine") == 15
