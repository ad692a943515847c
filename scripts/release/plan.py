"""What a release changes in the files of the tree. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from scripts.core.errors import UserError
from scripts.release.places import CHANGELOG, CHART, PLACES, VERSION, Place

UNRELEASED = "## Unreleased\n"


def current(texts: Mapping[str, str]) -> str:
    """The version that all places carry; `texts` are their files by path. Raises UserError if they differ."""
    (version,) = _versions(CHART, texts)
    for place in PLACES:
        if other := set(_versions(place, texts)) - {version}:
            raise UserError(
                f"{place.path} has version {other.pop()}, and {CHART.path} has {version}",
                "set both to the version that was released last",
            )
    return version


def released(texts: Mapping[str, str], version: str, day: date, *, tagged: bool = True) -> dict[str, str]:
    """The files of the places and the changelog with the new version, by path. The current one is only dated again, if
    it is not `tagged` yet. Raises UserError if it is no version or not above the current one, and if the changelog has
    nothing to release."""
    if not re.fullmatch(VERSION, version):
        raise UserError(f"{version!r} is not a version", "give three numbers, such as 1.2.3")
    before = current(texts)
    if version == before and not tagged:
        return {**texts, CHANGELOG: _dated_again(texts[CHANGELOG], version, day)}
    if _numbers(version) <= _numbers(before):
        raise UserError(f"version {version} is not above the current one, {before}", "choose a higher one")
    changed = dict(texts)
    for place in PLACES:
        changed[place.path] = _with_version(place, changed[place.path], version)
    changed[CHANGELOG] = _dated(changed[CHANGELOG], f"## {version} ({day.isoformat()})\n")
    return changed


def _versions(place: Place, texts: Mapping[str, str]) -> list[str]:
    found = re.findall(place.pattern, texts[place.path], re.MULTILINE)
    if len(found) != place.count:
        what = f"{place.path} has {len(found)} lines with a version where {place.count} should be"
        raise UserError(what, f"expected: {place.pattern}")
    return list(map(str, found))


def _with_version(place: Place, text: str, version: str) -> str:
    def renamed(match: re.Match[str]) -> str:
        start, end = match.start(1) - match.start(), match.end(1) - match.start()
        return match[0][:start] + version + match[0][end:]

    return re.sub(place.pattern, renamed, text, flags=re.MULTILINE)


def _dated(changelog: str, heading: str) -> str:
    """The changelog with what was unreleased below a heading of its own."""
    before, found, rest = changelog.partition(UNRELEASED)
    entries = re.split(r"^## ", rest, maxsplit=1, flags=re.MULTILINE)[0]
    if not found or not re.search(r"^- ", entries, re.MULTILINE):
        raise UserError(f"{CHANGELOG} has no entry below “Unreleased”", "write there what users will notice")
    return f"{before}{UNRELEASED}\n{heading}{rest}"


def _dated_again(changelog: str, version: str, day: date) -> str:
    before, found, rest = changelog.partition(UNRELEASED)
    entries, heading, old = rest.partition(f"## {version} (")
    if not found or not heading:
        raise UserError(f"{CHANGELOG} has no section of {version} below “Unreleased”", f"add: ## {version} (DATE)")
    if re.search(r"^- ", entries, re.MULTILINE):
        raise UserError(f"{CHANGELOG} has entries above those of {version}", "move them there: it has no tag yet")
    return f"{before}{found}{entries}{heading}{day.isoformat()}{old[len('2030-01-02') :]}"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
