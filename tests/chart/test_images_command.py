"""The chart takes the command that `./dev images` prints, whatever images the release had."""

from __future__ import annotations

import pytest

from scripts.commands.images import helm_command
from scripts.services import SERVICES
from tests.chart.conftest import BY_EACH_HELM
from tests.chart.helm import TEMPLATE, Helm, parse
from tests.chart.manifests import main_container
from tests.chart.values import COMPONENTS

BEFORE = {
    "global": {"imageRegistry": "before.example"},
    **{key: {"image": {"registry": "own.example", "digest": "sha256:" + 64 * "0"}} for key in COMPONENTS},
}


@BY_EACH_HELM
@pytest.mark.parametrize("registry", ["", "registry.example.com"])
def test_the_images_that_were_built_win_over_those_of_before(helm: Helm, registry: str) -> None:
    command = helm_command(registry, {service: f"{service.image}:built" for service in SERVICES})
    options = command[command.index("--set") :]
    objects = parse(helm.run(*TEMPLATE, *helm.values_arguments((BEFORE,)), *options))
    for service in SERVICES:
        name = f"{registry}/{service.image}:built".removeprefix("/")
        assert main_container(objects, service.component)["image"] == name
