"""Settings of the command line and of the personal file, and buttons, as Tilt has them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.core.errors import UserError
from scripts.tiltfile.evaluation import evaluate
from scripts.tiltfile.model import Button, Environment
from tests.unit.fakes import FakeRunner
from tests.unit.tiltfile.tiltfiles import error, load

DEFINED = """config.define_string_list('services')
config.define_string_list('words', args=True, usage='the services, as words')
config.define_bool('debug')
print(config.parse())
"""


def parsed(folder: Path, *arguments: str, file: object = None) -> str:
    (folder / "Tiltfile").write_text(DEFINED)
    if file is not None:
        (folder / "tilt_config.json").write_text(file if isinstance(file, str) else json.dumps(file))
    lines: list[str] = []
    evaluate(folder / "Tiltfile", "up", FakeRunner(), log=lines.append, arguments=arguments)
    return lines[0]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "{}"),
        (["--services=a,b"], '{"services": ["a,b"]}'),
        (["--services", "a", "--services", "b", "--debug"], '{"services": ["a", "b"], "debug": True}'),
        (["--debug=false", "x", "y"], '{"debug": False, "words": ["x", "y"]}'),
    ],
)
def test_settings_of_the_command_line(arguments: list[str], expected: str, tmp_path: Path) -> None:
    assert parsed(tmp_path, *arguments) == expected


def test_the_command_line_wins_over_the_personal_file(tmp_path: Path) -> None:
    file = {"services": ["a"], "debug": True}
    assert parsed(tmp_path, file=file) == '{"services": ["a"], "debug": True}'
    assert parsed(tmp_path, "--services=b", file=file) == '{"services": ["b"], "debug": True}'


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (
            {"debgu": True},
            "tilt_config.json sets 'debgu', which this Tiltfile does not define; it defines services, words",
        ),
        ({"debug": "yes"}, "tilt_config.json: debug must be true or false"),
        ({"services": "a"}, "tilt_config.json: services must be a list of strings"),
        ([], "tilt_config.json is not a JSON object"),
        ("{", "tilt_config.json is not JSON"),
    ],
)
def test_a_mistake_in_the_personal_file_is_named(file: object, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"/Tiltfile:4: config.parse: ") as raised:
        parsed(tmp_path, file=file)
    assert said in str(raised.value)


def test_an_argument_that_is_no_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the command line sets 'prod', which this Tiltfile does not define"):
        parsed(tmp_path, "--prod")
    (tmp_path / "Tiltfile").write_text("config.parse()\n")
    with pytest.raises(UserError, match="'x' is an argument that this Tiltfile does not take; it defines no settings"):
        evaluate(tmp_path / "Tiltfile", "up", FakeRunner(), arguments=["x"])


def test_the_personal_file_is_watched_also_before_it_exists(tmp_path: Path) -> None:
    found = load(tmp_path, "config.parse()\n")
    assert tmp_path / "tilt_config.json" in found.config_files


def test_a_setting_is_defined_once(tmp_path: Path) -> None:
    text = "config.define_bool('x')\nconfig.define_bool('x')\n"
    assert error(tmp_path, text).startswith("/Tiltfile:2: config.define_bool: setting 'x' is defined twice")


PLACE = "v1alpha1.ui_component_location(component_id='nav', component_type='Global')"
BUTTON = f"v1alpha1.ui_button(name='wipe', location={PLACE}, text='Delete all', requires_confirmation=True)\n"
COMMAND = "v1alpha1.cmd(name='c', args=['./wipe', '-f'], start_on=v1alpha1.start_on_spec(ui_buttons=['wipe']))\n"


def buttons(environment: Environment) -> list[Button]:
    return [resource for resource in environment.resources if isinstance(resource, Button)]


def test_a_button_runs_its_command_after_its_question(tmp_path: Path) -> None:
    [found] = buttons(load(tmp_path, BUTTON + COMMAND))
    assert (found.name, found.argv, found.directory) == ("wipe", ("./wipe", "-f"), tmp_path)
    assert (found.about, found.asks) == ("Delete all", "Delete all?")
    assert found.manual and not found.auto_init
    [plain] = buttons(load(tmp_path, BUTTON.replace(", requires_confirmation=True", "") + COMMAND))
    assert plain.asks == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BUTTON, "/Tiltfile:1: button 'wipe' starts no command"),
        (COMMAND, "a command starts on button 'wipe', which does not exist"),
        (BUTTON + BUTTON, "/Tiltfile:2: v1alpha1.ui_button: button 'wipe' is defined twice"),
        (BUTTON + COMMAND + COMMAND, "/Tiltfile:3: v1alpha1.cmd: command 'c' is defined twice"),
        (
            BUTTON + COMMAND + COMMAND.replace("'c'", "'d'"),
            "/Tiltfile:3: v1alpha1.cmd: button 'wipe' starts command 'c' already",
        ),
        (COMMAND.replace("['wipe']", "[]"), "/Tiltfile:1: v1alpha1.cmd: command 'c' starts on no button"),
        (BUTTON + COMMAND + "local_resource('wipe', 'true')\n", "/Tiltfile:1: two resources are named 'wipe'"),
        (BUTTON.replace(PLACE, "'nav'"), "location must be v1alpha1.ui_component_location(), not 'nav'"),
        ("v1alpha1.ui_buttn()\n", "/Tiltfile:1: "),
    ],
)
def test_a_button_that_could_do_nothing_is_a_mistake(text: str, said: str, tmp_path: Path) -> None:
    assert said in error(tmp_path, text)
