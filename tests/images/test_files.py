"""What is in the images' layers, and what is not: neither in the last one nor in one that a later one covers."""

from __future__ import annotations

import re

from scripts.docker.archive import Image
from tests.images import checkout

LEFT_BY_PEOPLE = re.compile(
    r"\.\w+_history|\.(netrc|npmrc|pypirc|env|lesshst|viminfo|wget-hsts|git|git-credentials|ssh|aws|docker|kube)"
    r"|id_(rsa|ecdsa|ed25519)|.*\.(key|p12|pfx|swp|orig)"
)
PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{30}")


def test_only_root_may_change_it_and_everybody_may_read_what_is_ours(image: Image) -> None:
    found = [entry for entry in image.entries() if entry.kind in ("file", "folder")]
    assert [entry for entry in found if (entry.uid, entry.gid) != (0, 0) or entry.mode & 0o6022] == []
    ours = [entry for entry in found if re.match(r"(app|opt)(/|$)", entry.path)]
    wanted = {"folder": (0o755,), "file": (0o644, 0o755)}
    assert [entry for entry in ours if entry.mode not in wanted[entry.kind]] == []
    assert "app" in {entry.path for entry in ours}


def test_nothing_that_lay_beside_the_sources_or_was_mounted_by_the_build_is_in_it(image: Image) -> None:
    assert [entry.path for entry, data in image.files() if checkout.MARKER.encode() in data] == []


def test_it_has_no_history_of_a_shell_no_key_and_no_credentials(image: Image) -> None:
    named = [entry.path for entry in image.entries() if LEFT_BY_PEOPLE.fullmatch(entry.name)]
    assert named + [entry.path for entry, data in image.files() if PRIVATE_KEY.search(data)] == []


def test_it_has_no_test_and_no_source_that_only_a_build_needs(component: str, image: Image) -> None:
    own = [entry.path for entry in image.entries() if re.match(r"app/", entry.path)]
    unwanted = r"(^app/(src|tests|public|node_modules)/|requirements|tsconfig|vite\.config|package-lock|\.map$|\.tsx?$)"
    assert [path for path in own if re.search(unwanted, path)] == []
    assert "app/REVISION" in own
