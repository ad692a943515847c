"""Software bills of materials: what each built image adds to its base, in CycloneDX's JSON.

They are made from the image itself, not from what was asked for: a Python service's by cyclonedx-py from the metadata
of the installed packages, the frontend's from the lists that Vite writes of the packages in the page and in its server.
What a base image contains stands in the bill of its publisher.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Runner
from scripts.docker import archive
from scripts.docker.engine import Engine
from scripts.services import Service

METADATA = re.compile(r"opt/venv/lib/[^/]+/site-packages/([^/]+\.dist-info/(?:METADATA|entry_points\.txt))")
LICENSES = ("app/dist/licenses.json", "app/server/licenses.json")


def write_all(runner: Runner, engine: Engine, images: Mapping[Service, str], folder: Path, steps: Steps) -> None:
    """Write folder/IMAGE.cdx.json for each of the images."""
    folder.mkdir(parents=True, exist_ok=True)
    for service, name in images.items():
        with steps.step(f"List what is in {name}"), tempfile.TemporaryDirectory() as scratch:
            saved = archive.save(engine, name, Path(scratch) / "image.tar")
            write(runner, service, saved, folder / f"{service.image}.cdx.json")


def write(runner: Runner, service: Service, image: archive.Image, to: Path) -> None:
    """Write the bill of one image to a file."""
    files = {entry.path: data for entry, data in image.files() if _tells(entry.path)}
    if lists := [json.loads(files[path]) for path in LICENSES if path in files]:
        packages = {(each["name"], each["version"]): each for found in lists for each in found}
        to.write_text(of_frontend(service, list(packages.values())))
    else:
        _of_python(runner, service, files, to)


def _tells(path: str) -> bool:
    return path in LICENSES or METADATA.fullmatch(path) is not None


def _of_python(runner: Runner, service: Service, metadata: Mapping[str, bytes], to: Path) -> None:
    """By cyclonedx-py, which reads environments: it gets one that has the packages' metadata and no package."""
    with tempfile.TemporaryDirectory() as scratch:
        venv.create(scratch, symlinks=True)
        python = Path(scratch) / "bin" / "python"
        (packages,) = Path(scratch).glob("lib/*/site-packages")
        for path, data in metadata.items():
            match = METADATA.fullmatch(path)
            assert match is not None
            target = packages / match[1]
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(data)
        project = ROOT / service.folder / "pyproject.toml"
        argv = [sys.executable, "-m", "cyclonedx_py", "environment", "--pyproject", str(project)]
        runner.run([*argv, "--output-reproducible", "--of", "JSON", "--output-file", str(to), str(python)])


def of_frontend(service: Service, licenses: list[Mapping[str, Any]]) -> str:
    """The bill of page and server, from Vite's lists of packages: name, version, and identifier of the licence."""
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output import make_outputter
    from cyclonedx.schema import OutputFormat, SchemaVersion
    from packageurl import PackageURL

    package = json.loads((ROOT / service.folder / "package.json").read_text())
    bom = Bom()
    root = Component(name=package["name"], version=package["version"], type=ComponentType.APPLICATION)
    bom.metadata.component = root
    parts = []
    for each in licenses:
        scope, _, name = each["name"].rpartition("/")
        url = PackageURL("npm", scope or None, name, each["version"])
        license_ = [LicenseFactory().make_from_string(each["identifier"])] if each.get("identifier") else []
        part = Component(
            name=name, group=scope or None, version=each["version"], purl=url, bom_ref=str(url), licenses=license_
        )
        parts.append(part)
        bom.components.add(part)
    bom.register_dependency(root, parts)
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2)
