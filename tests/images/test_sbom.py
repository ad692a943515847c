"""`./dev images --sbom`: the bill of an image lists what is in it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from scripts import sbom
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.docker.archive import Image
from scripts.services import SERVICES, by_component
from tests.images.conftest import PYTHON_SERVICES, Builder


@pytest.fixture(scope="module")
def bills(
    builder: Builder, images: Mapping[str, Image], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, dict[str, Any]]:
    """The bills by component, as the command writes them."""
    folder = tmp_path_factory.mktemp("bills") / "new"
    names = {service: builder.tag(service, "first") for service in SERVICES if service.component in images}
    sbom.write_all(Subprocess(), builder.engine, names, folder, Steps())
    return {each.component: json.loads((folder / f"{each.image}.cdx.json").read_text()) for each in SERVICES}


@pytest.fixture
def bill(component: str, bills: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    return bills[component]


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("component", PYTHON_SERVICES, indirect=True)
def test_it_names_every_python_package_that_is_installed(component: str, image: Image, bill: dict[str, Any]) -> None:
    folders = (re.search(r"/site-packages/([^/]+)-([^/-]+)\.dist-info/RECORD$", each.path) for each in image.entries())
    installed = {(plain(found[1]), found[2]) for found in folders if found}
    assert {(plain(each["name"]), each["version"]) for each in bill.get("components", ())} == installed
    service = by_component(component)
    assert service is not None
    assert installed or not (ROOT / service.folder / "requirements.txt").exists()


@pytest.mark.parametrize("component", ["frontend"], indirect=True)
def test_it_names_the_packages_in_the_page_and_its_server(bill: dict[str, Any]) -> None:
    locked = json.loads((ROOT / "frontend/package-lock.json").read_text())["packages"]
    found = {
        f"{each['group']}/{each['name']}" if "group" in each else each["name"]: each for each in bill["components"]
    }
    assert {"react", "react-dom", "scheduler", "@fontsource-variable/figtree"} <= found.keys()
    assert {"prom-client", "@opentelemetry/api"} <= found.keys()
    assert {name: each["version"] for name, each in found.items()} == {
        name: locked[f"node_modules/{name}"]["version"] for name in found
    }
    assert "vite" not in found


def test_each_part_has_a_version_and_a_package_url_and_most_have_a_licence(bill: dict[str, Any]) -> None:
    parts = bill.get("components", ())  # there are services without packages
    assert all(each["purl"].startswith("pkg:") and each["version"] for each in parts)
    assert len([each for each in parts if each.get("licenses")]) >= 0.9 * len(parts)
    assert bill["metadata"]["component"]["name"].startswith("todo-")
