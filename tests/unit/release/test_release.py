"""A release sets one version in every place, dates the changelog, and refuses what is no release."""

from __future__ import annotations

import re
import subprocess
from datetime import date
from pathlib import Path

import pytest

from scripts.commands import release as command
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.core.runner import Subprocess
from scripts.lint.tree import files
from scripts.release import plan
from scripts.release.places import CHANGELOG, PLACES

DAY = date(2030, 1, 2)
# How languages and images name a version that they carry.
CARRIES = re.compile(r'(?:__version__ = |image\.version=|^version = |^appVersion: )"\d', re.MULTILINE)


@pytest.fixture
def texts() -> dict[str, str]:
    """This checkout's files, with something to release."""
    return {
        **command.read(ROOT),
        CHANGELOG: "# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.0.1 (2029-01-01)\n\n- Old.\n",
    }


def git(root: Path, *words: str) -> str:
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    return subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def checkout(tmp_path: Path, texts: dict[str, str]) -> Path:
    for path, content in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "Begin")
    return tmp_path


def test_all_places_of_this_checkout_have_the_same_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", plan.current(command.read(ROOT)))


def test_no_file_of_this_checkout_carries_a_version_that_a_release_would_not_change() -> None:
    named = re.compile(r"(?!.*tests/).*(\.py|\.toml|\.yaml|Dockerfile)")
    ours = [path for path in files(Subprocess(), ROOT) if named.fullmatch(path)]
    carrying = {path for path in ours if CARRIES.search((ROOT / path).read_text())}
    assert carrying <= {place.path for place in PLACES}


def test_a_release_changes_the_version_in_every_place_and_nothing_else(checkout: Path) -> None:
    before = plan.current(command.read(checkout))
    command.release(Subprocess(), checkout, "98.0.1")
    assert plan.current(command.read(checkout)) == "98.0.1"
    diff = git(checkout, "diff", "-U0", "--", ".", f":!{CHANGELOG}").splitlines()
    removed = [line[1:] for line in diff if re.match(r"-[^-]", line)]
    added = [line[1:] for line in diff if re.match(r"\+[^+]", line)]
    assert [line.replace(before, "98.0.1") for line in removed] == added
    assert len(added) == sum(place.count for place in PLACES)


def test_the_entries_get_a_heading_with_the_date_below_an_empty_unreleased(texts: dict[str, str]) -> None:
    changelog = plan.released(texts, "98.0.0", DAY)[CHANGELOG]
    begin = "# Changelog\n\n## Unreleased\n\n## 98.0.0 (2030-01-02)\n\n- New.\n\n## 0.0.1 (2029-01-01)\n"
    assert changelog.startswith(begin)


def test_a_release_without_a_tag_is_dated_again_and_one_with_a_tag_is_not(checkout: Path) -> None:
    """What is added to it before it is tagged stands below its heading, as CONTRIBUTING says."""
    command.release(Subprocess(), checkout, "98.0.0")
    changelog = checkout / CHANGELOG
    once = changelog.read_text()
    changelog.write_text(re.sub(r"(?<=98\.0\.0 \().*(?=\))", "2030-01-02", once).replace("- New.", "- New.\n- More."))
    git(checkout, "commit", "-qam", "Release 98.0.0")
    command.release(Subprocess(), checkout, "98.0.0")
    assert changelog.read_text() == once.replace("- New.", "- New.\n- More.")
    git(checkout, "commit", "-qam", "Release 98.0.0 later")
    git(checkout, "tag", "v98.0.0")
    with pytest.raises(UserError, match=r"98\.0\.0 is not above the current one, 98\.0\.0"):
        command.release(Subprocess(), checkout, "98.0.0")


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ("## Unreleased\n\n- New.\n\n## {version} (2029-01-01)\n", "has entries above those of"),
        ("## Unreleased\n\n## 0.0.1 (2029-01-01)\n", "has no section of"),
    ],
)
def test_entries_outside_the_section_of_a_release_without_a_tag_are_refused(
    texts: dict[str, str], sections: str, said: str
) -> None:
    version = plan.current(texts)
    texts[CHANGELOG] = sections.format(version=version)
    with pytest.raises(UserError, match=f"CHANGELOG.md {said} {re.escape(version)}"):
        plan.released(texts, version, DAY, tagged=False)


def test_a_second_release_without_a_new_entry_is_refused(texts: dict[str, str]) -> None:
    once = plan.released(texts, "98.0.0", DAY)
    with pytest.raises(UserError, match="CHANGELOG.md has no entry below “Unreleased”; write there what users"):
        plan.released(once, "98.0.1", DAY)


@pytest.mark.parametrize("version", ["0.0.9", "0.1.0", "0.0.10"])
def test_a_version_that_is_not_above_the_current_one_is_refused(texts: dict[str, str], version: str) -> None:
    with pytest.raises(UserError, match=f"version {version} is not above the current one"):
        plan.released(texts, version, DAY)


def test_versions_are_compared_by_their_numbers(texts: dict[str, str]) -> None:
    later = plan.released(texts, "98.9.0", DAY) | {CHANGELOG: texts[CHANGELOG]}
    assert plan.current(plan.released(later, "98.10.0", DAY)) == "98.10.0"


@pytest.mark.parametrize("version", ["v1.2.3", "1.2", "1.2.3-rc1", "", "1.2.3.4", "01.2.3"])
def test_what_is_no_version_is_refused(texts: dict[str, str], version: str) -> None:
    with pytest.raises(UserError, match="is not a version; give three numbers"):
        plan.released(texts, version, DAY)


def test_uncommitted_changes_are_refused_and_nothing_is_written(checkout: Path) -> None:
    (checkout / "note.txt").write_text("mine\n")
    before = command.read(checkout)
    with pytest.raises(UserError, match="has 1 uncommitted changes, such as note.txt; commit or stash them"):
        command.release(Subprocess(), checkout, "98.0.0")
    assert command.read(checkout) == before


def test_the_chart_s_package_does_not_stand_in_the_way_of_the_next_release() -> None:
    (folder,) = re.findall(r"helm package .* --destination (\S+)", command.NEXT)
    assert git(ROOT, "check-ignore", f"{folder}/todo-stack-98.0.0.tgz")


def test_the_document_that_freezes_a_release_is_named() -> None:
    (document,) = re.findall(r"\S+\.md(?= says)", command.NEXT)
    assert "is frozen" in (ROOT / document).read_text()


def test_places_that_differ_are_named(texts: dict[str, str]) -> None:
    texts["backend/app/__init__.py"] = '__version__ = "7.0.0"\n'
    with pytest.raises(UserError, match="backend/app/__init__.py has version 7.0.0, and charts/todo-stack/Chart.yaml"):
        plan.released(texts, "98.0.0", DAY)


def test_a_place_that_lost_its_version_is_named(texts: dict[str, str]) -> None:
    texts["backend/Dockerfile"] = "FROM scratch\n"
    with pytest.raises(UserError, match="backend/Dockerfile has 0 lines with a version where 2 should be"):
        plan.released(texts, "98.0.0", DAY)
