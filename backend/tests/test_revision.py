"""The revision hash; scripts and the other services compute the same."""

import hashlib
import os
from pathlib import Path

import pytest

from app.revision import current_revision, source_revision


def _write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_it_is_the_documented_hash(tmp_path: Path) -> None:
    # "app-x" sorts between "app" and "app/": by bytes, "-" comes before "/".
    _write(tmp_path, {"app/b.py": "b", "app/a/z.py": "z", "app/a-x.py": "", "app/é.py": "é"})
    digest = hashlib.sha256()
    for name, text in (("app/a-x.py", ""), ("app/a/z.py", "z"), ("app/b.py", "b"), ("app/é.py", "é")):
        digest.update(f"{name}\0{hashlib.sha256(text.encode()).hexdigest()}\n".encode())
    assert source_revision(tmp_path, ["app", "absent"]) == digest.hexdigest()[:12]


@pytest.mark.parametrize(
    "name",
    [
        "app/__pycache__/a.pyc",
        "app/.hidden/a.py",
        "app/.a.swp",
        "app/a.py~",
        "app/node_modules/a.js",
        "other/a.py",
    ],
)
def test_what_is_no_source_does_not_count(tmp_path: Path, name: str) -> None:
    before = source_revision(_write(tmp_path, {"app/a.py": "a"}))
    assert source_revision(_write(tmp_path, {name: "x"})) == before


def test_content_name_and_every_root_count(tmp_path: Path) -> None:
    seen = {source_revision(_write(tmp_path, {"app/a.py": "a"}))}
    seen.add(source_revision(_write(tmp_path, {"app/a.py": "b"})))
    seen.add(source_revision(_write(tmp_path, {"migrations/m.py": ""})))
    os.rename(tmp_path / "app/a.py", tmp_path / "app/c.py")
    seen.add(source_revision(tmp_path))
    assert len(seen) == 4


def test_what_the_image_recorded_is_used(tmp_path: Path) -> None:
    _write(tmp_path, {"app/a.py": "a", "REVISION": "0123456789ab\n"})
    assert current_revision(tmp_path) == "0123456789ab"
