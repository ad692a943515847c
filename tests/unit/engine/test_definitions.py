"""Which changed files matter to a resource."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.engine.loop.definitions import concerned
from scripts.engine.loop.inbox import Definition
from scripts.files.ignore import EDITORS, Ignore
from scripts.tiltfile.model import Image, K8sResource, LocalResource

CONTEXT, DEP = Path("/x/web"), Path("/x/in")
LOCAL: Definition = (LocalResource("job", deps=(DEP,)), ())
WEB: Definition = (K8sResource("web"), ((Image("web", CONTEXT, CONTEXT / "Dockerfile"), Ignore((EDITORS,))),))
IGNORED = Ignore((EDITORS,), folders=(DEP / "out",))


@pytest.mark.parametrize(
    ("definition", "paths", "expected"),
    [
        (LOCAL, ("in", "in/a.py", "in/a.py~", "in/out/a.py", "other", ""), ("in", "in/a.py", "")),
        (WEB, ("web", "web/a.py", "web/a.py~", "in", "website", ""), ("web", "web/a.py", "")),
        ((K8sResource("db"), ()), ("in", "web", ""), ()),
    ],
    ids=["deps", "images", "neither"],
)
def test_what_is_in_or_around_the_sources_matters_unless_it_is_ignored(
    definition: Definition, paths: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    found = concerned(definition, IGNORED, {Path("/x", name) for name in paths})
    assert found == {Path("/x", name) for name in expected}
