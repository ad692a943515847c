"""The revision: what counts, and that the services compute the very same."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.core.paths import ROOT
from scripts.engine.model import K8sResource
from scripts.engine.proof.endpoint import endpoint
from scripts.revision import revision
from scripts.services import SERVICES

SOURCES = {service.folder: service.sources for service in SERVICES}


def put(root: Path, name: str, text: str = "x") -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def test_the_revision_is_the_hash_that_the_services_document(tmp_path: Path) -> None:
    put(tmp_path, "app/b.py", "two")
    put(tmp_path, "app/a/c.py", "one")
    put(tmp_path, "single.html", "three")
    lines = b"".join(
        name.encode() + b"\0" + hashlib.sha256(text.encode()).hexdigest().encode() + b"\n"
        for name, text in (("app/a/c.py", "one"), ("app/b.py", "two"), ("single.html", "three"))
    )
    assert revision(tmp_path, ("single.html", "missing", "app")) == hashlib.sha256(lines).hexdigest()[:12]


@pytest.mark.parametrize(
    "name", ["app/__pycache__/a.pyc", "app/node_modules/x.js", "app/.hidden", "app/a.py~", "app/b.pyc"]
)
def test_what_is_no_source_does_not_count(tmp_path: Path, name: str) -> None:
    put(tmp_path, "app/a.py")
    before = revision(tmp_path, ("app",))
    put(tmp_path, name)
    assert revision(tmp_path, ("app",)) == before


def test_content_name_and_number_of_files_count(tmp_path: Path) -> None:
    put(tmp_path, "app/a.py", "1")
    seen = {revision(tmp_path, ("app",))}
    put(tmp_path, "app/a.py", "2")
    seen.add(revision(tmp_path, ("app",)))
    put(tmp_path, "app/b.py", "2")
    seen.add(revision(tmp_path, ("app",)))
    (tmp_path / "app/b.py").rename(tmp_path / "app/c.py")
    seen.add(revision(tmp_path, ("app",)))
    assert len(seen) == 4


@pytest.mark.parametrize(("folder", "package"), [("backend", "app"), ("mcp_server", "todo_mcp")])
def test_a_service_computes_the_same_revision_of_itself(folder: str, package: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", f"{package}.revision"], cwd=ROOT / folder, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == revision(ROOT / folder, SOURCES[folder])


def test_every_service_has_its_roots_where_they_are_said_to_be() -> None:
    for folder, roots in SOURCES.items():
        assert [root for root in roots if not (ROOT / folder / root).exists()] == []


def test_a_resource_answers_at_its_service_that_has_an_address() -> None:
    def service(name: str, **spec: object) -> dict[str, object]:
        return {
            "kind": "Service",
            "metadata": {"name": name, "namespace": "n"},
            "spec": {"ports": [{"port": 80}], **spec},
        }

    resource = K8sResource("x", objects=(service("headless", clusterIP="None"), service("web")))
    found = endpoint(resource)
    assert found is not None
    assert (found.namespace, found.service, found.port, found.node_port) == ("n", "web", "80", 0)
