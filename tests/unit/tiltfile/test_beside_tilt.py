"""Settings and buttons are the same in Tilt, asked where it is on PATH."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from scripts.core.runner import Subprocess
from scripts.tiltfile.evaluation import evaluate
from scripts.tiltfile.model import Button

TILTFILE = """config.define_string_list('services')
config.define_string_list('words', args=True)
config.define_bool('debug')
local_resource('settings', cmd=['echo', str(sorted(config.parse().items()))])
v1alpha1.ui_button(
    name='wipe',
    location=v1alpha1.ui_component_location(component_id='nav', component_type='Global'),
    text='Delete all',
    icon_name='delete_forever',
    requires_confirmation=True,
)
v1alpha1.cmd(name='wipe', args=['./wipe'], start_on=v1alpha1.start_on_spec(ui_buttons=['wipe']))
"""
SECONDS = 60

pytestmark = pytest.mark.skipif(shutil.which("tilt") is None, reason="Tilt is not on PATH")


@pytest.mark.parametrize("arguments", [[], ["--services=a,b", "--debug=false"], ["x", "y", "--debug"]])
def test_tilt_reads_the_same_settings_and_buttons(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Tiltfile").write_text(TILTFILE)
    (tmp_path / "tilt_config.json").write_text(json.dumps({"services": ["of the file"], "debug": True}))
    context = {"name": "kind-x", "context": {"cluster": "kind-x", "user": ""}}
    cluster = {"name": "kind-x", "cluster": {"server": "http://127.0.0.1:1"}}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "kind-x",
        "contexts": [context],
        "clusters": [cluster],
    }
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(config))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.setenv("TILT_DEV_DIR", str(tmp_path / "tilt"))
    argv = ["tilt", "alpha", "tiltfile-result", "--", *arguments]
    told = json.loads(Subprocess().run(argv, cwd=tmp_path, check=False, timeout=SECONDS).stdout)
    assert told["Error"] is None
    ours = evaluate(tmp_path / "Tiltfile", "up", Subprocess(), arguments=arguments)
    [settings, button] = ours.resources
    [manifest] = told["Manifests"]
    assert list(getattr(settings, "argv", ())) == manifest["DeployTarget"]["UpdateCmdSpec"]["args"]
    objects = told["ObjectSet"]
    tilts = objects["tilt.dev/v1alpha1, Resource=uibuttons"]["wipe"]["spec"]
    command = objects["tilt.dev/v1alpha1, Resource=cmds"]["wipe"]["spec"]
    assert isinstance(button, Button)
    assert (button.about, bool(button.asks)) == (tilts["text"], tilts["requiresConfirmation"])
    assert (list(button.argv), str(button.directory)) == (command["args"], command["dir"])
