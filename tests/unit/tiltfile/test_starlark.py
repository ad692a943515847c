"""The language of the Tiltfile: what Tilt's Starlark has beside the built-ins, and `load`."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.core.errors import UserError
from scripts.core.runner import Result
from scripts.tiltfile.evaluation import evaluate
from scripts.tiltfile.failure import EvaluationFailed
from scripts.tiltfile.model import LocalResource
from tests.unit.fakes import FakeRunner
from tests.unit.tiltfile.tiltfiles import error, load, logged, write


def test_print_writes_to_the_log_of_the_tiltfile(tmp_path: Path) -> None:
    text = "print('hello', 1, None, [True], struct(a=1))\nprint('a', 'b', sep='-')\nprint()\nprint('two\\nlines')\n"
    assert logged(tmp_path, text) == ["hello 1 None [True] struct(a=1)", "a-b", "", "two", "lines"]


def test_sets_have_no_duplicates_and_are_asked_joined_and_compared(tmp_path: Path) -> None:
    text = (
        "seen = set(['b', 'a', 'b'])\n"
        "print(len(seen), 'a' in seen, 'c' in seen, sorted(seen), [x for x in seen], len(set()))\n"
        "print(sorted(seen | set(['c'])), seen == set(['a', 'b']))\n"
        "local_resource('x', 'true', deps=seen)\n"
    )
    assert logged(tmp_path, text) == ['2 True False ["a", "b"] ["b", "a"] 0', '["a", "b", "c"] True']
    resource = load(tmp_path, text).resources[0]
    assert isinstance(resource, LocalResource)
    assert resource.deps == (tmp_path / "b", tmp_path / "a")


def test_structs_lambdas_and_nested_functions_work(tmp_path: Path) -> None:
    text = (
        "def outer(x):\n    def inner(y):\n        return x + y\n    return inner\n"
        "point = struct(x=1, move=lambda by: by + 1)\n"
        "print(point.x, point.move(2), outer(3)(4), [f(2) for f in [lambda x: x * x]])\n"
    )
    assert logged(tmp_path, text) == ["1 3 7 [4]"]


def test_load_gives_names_of_another_file(tmp_path: Path) -> None:
    write(tmp_path, {"lib.star": "a = 1\ndef double(x):\n    return 2 * x\n", "plain": "c = 3\n"})
    text = "load('./lib.star', 'a', twice='double')\nload('plain', 'c')\nprint(a, twice(c))\n"
    assert logged(tmp_path, text) == ["1 6"]


def test_a_file_is_evaluated_once_however_often_it_is_loaded(tmp_path: Path) -> None:
    write(tmp_path, {"lib.star": "print('once')\na = 1\n", "other.star": "load('lib.star', 'a')\nb = a\n"})
    assert logged(tmp_path, "load('lib.star', 'a')\nload('other.star', 'b')\nload('./x/../lib.star', c='a')\n") == [
        "once"
    ]


def test_paths_and_commands_belong_to_the_folder_of_the_file_that_is_evaluated(tmp_path: Path) -> None:
    """As in Tilt: at load the loaded file's; in a function that is called later the caller's."""
    lib = "load('more.star', 'm')\nlocal_resource('at-load', 'true', deps=['src'])\n"
    lib += "def later(name):\n    local_resource(name, 'true', deps=['../src'])\n"
    write(tmp_path, {"Tiltfile": "", "sub/lib.star": lib, "sub/more.star": "m = 1\n"})
    env = load(tmp_path, "load('sub/lib.star', 'later')\nlater('later')\n")
    found = [item for item in env.resources if isinstance(item, LocalResource)]
    assert [(item.name, item.directory, item.deps) for item in found] == [
        ("at-load", tmp_path / "sub", (tmp_path / "sub/src",)),
        ("later", tmp_path, (tmp_path.parent / "src",)),
    ]


def test_loaded_files_are_configuration_files(tmp_path: Path) -> None:
    write(tmp_path, {"lib.star": "load('sub/more.star', b='a')\na = b\n", "sub/more.star": "a = 1\n"})
    env = load(tmp_path, "load('lib.star', 'a')\n")
    assert {tmp_path / "lib.star", tmp_path / "sub/more.star"} <= set(env.config_files)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.star": "x = 1\n\ny = x +\n"}, "/a.star:3: unexpected new line"),
        ({"a.star": "x = 1\n\ny = x + 'a'\n"}, "/a.star:3: Operation `+` not supported"),
        ({"a.star": "\nnothing()\n"}, "/a.star:2: Variable `nothing` not found; this engine knows"),
        ({"a.star": "\nsync('a')\n"}, "/a.star:2: sync: missing a required argument: 'remote_path'"),
        ({"a.star": "def y():\n    fail('no')\n"}, "/a.star:2: fail: no"),
        ({"a.star": "load('b.star', 'y')\n", "b.star": "\n\nfail('no')\n"}, "/b.star:3: fail: no"),
        ({"a.star": "x = 1\n"}, "/Tiltfile:2: Module has no symbol `y`"),
        ({"a.star": "load('nowhere', 'y')\n"}, "/a.star:1: load: cannot read /nowhere: No such file"),
        ({"a.star": "load('.', 'y')\n"}, "/a.star:1: load: cannot read : Is a directory"),
        ({"a.star": "load('b.star', 'y')\n", "b.star": "z = 1\nload('Tiltfile', 'y')\n"},
         "/b.star:2: load: files load each other in a circle: Tiltfile → a.star → b.star → Tiltfile"),
        ({"a.star": "load('ext://restart_process', 'y')\n"},
         "/a.star:1: load: ext://restart_process is an extension, which Tilt clones from the internet"),
    ],
)  # fmt: skip
def test_mistakes_in_loaded_files_have_their_own_place(tmp_path: Path, files: dict[str, str], message: str) -> None:
    write(tmp_path, files)
    found = error(tmp_path, "\nload('a.star', 'y')\ny()\n")
    assert message in found
    assert "\n" not in found


def test_a_loaded_file_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.star").write_bytes(b"x = 1\n# \xe4\n")
    assert "/Tiltfile:1: load: /a.star:2: there is a byte that is not UTF-8" in error(tmp_path, "load('a.star', 'x')\n")


def test_a_failed_evaluation_says_which_files_it_has_read(tmp_path: Path) -> None:
    write(tmp_path, {"Tiltfile": "load('lib.star', 'a')\n", "lib.star": "k8s_yaml('gone.yaml')\n"})
    with pytest.raises(EvaluationFailed) as raised:
        evaluate(tmp_path / "Tiltfile", "up", FakeRunner())
    read = {path.name for path in raised.value.config_files}
    assert read == {"Tiltfile", ".tiltignore", "lib.star", "gone.yaml"}


def test_a_function_is_no_argument_of_a_built_in(tmp_path: Path) -> None:
    assert "/Tiltfile:2: a value of type function is not" in error(tmp_path, "\nlink(lambda x: x)\n")


def test_what_a_command_prints_is_never_taken_for_a_place(tmp_path: Path) -> None:
    (tmp_path / "Tiltfile").write_text("\nlocal('cargo build')\n")
    runner = FakeRunner({"sh": (1, "", "error: nope\n --> src/main.rs:7:1\n")})
    with pytest.raises(UserError, match=r"/Tiltfile:2: local: sh -c cargo build: --> src/main.rs:7:1"):
        evaluate(tmp_path / "Tiltfile", "up", runner)


class Broken(FakeRunner):
    def run(self, argv, **options) -> Result:  # type: ignore[no-untyped-def]
        raise KeyError("surprise")


def test_an_error_of_the_engine_itself_is_not_blamed_on_the_tiltfile(tmp_path: Path) -> None:
    (tmp_path / "Tiltfile").write_text("local('x')\n")
    with pytest.raises(UserError, match=r"/Tiltfile:1: local: KeyError: 'surprise'; this is a bug in the engine"):
        evaluate(tmp_path / "Tiltfile", "up", Broken())


class Interrupted(FakeRunner):
    def run(self, argv, **options) -> Result:  # type: ignore[no-untyped-def]
        raise KeyboardInterrupt


def test_ctrl_c_during_a_command_is_no_mistake_in_the_tiltfile(tmp_path: Path) -> None:
    write(tmp_path, {"Tiltfile": "load('lib.star', 'x')\n", "lib.star": "x = local('sleep 100')\n"})
    with pytest.raises(KeyboardInterrupt):
        evaluate(tmp_path / "Tiltfile", "up", Interrupted())


def test_what_a_file_has_loaded_is_not_its_own(tmp_path: Path) -> None:
    write(tmp_path, {"a.star": "load('b.star', 'x')\n", "b.star": "x = 1\n"})
    assert "/Tiltfile:1: Module symbol `x` is not exported" in error(tmp_path, "load('a.star', 'x')\n")
