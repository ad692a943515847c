"""Whoever builds the images gets the same files, however their checkout was made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from scripts.docker.archive import Image


def test_two_builds_without_a_cache_from_other_checkouts_have_equal_files(
    component: str, twice: list[Mapping[str, Image]]
) -> None:
    first, second = (Counter(each[component].entries()) for each in twice)
    assert sorted([*(first - second), *(second - first)]) == []
    assert "app/REVISION" in {entry.path for entry in first}
