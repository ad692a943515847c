"""The page is compiled against the API that the backend of the same checkout has."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from scripts import node_packages
from scripts.commands import api_types
from scripts.core.paths import ROOT
from scripts.core.runner import Subprocess

PAGE = node_packages.HOME / "src"
LIMITS = {
    "TITLE_LIMIT": ("NewTask", "title"),
    "DESCRIPTION_LIMIT": ("NewTask", "description"),
    "MESSAGE_LIMIT": ("ChatIn", "message"),
    "TOKEN_NAME_LIMIT": ("TokenIn", "name"),
}


@pytest.fixture(scope="module")
def document() -> str:
    return api_types.document(Subprocess())


def test_the_types_of_the_page_are_those_of_the_backends_openapi_document(document: str) -> None:
    runner = Subprocess()
    current = api_types.types_of(runner, node_packages.ensure(runner, print), document)
    assert api_types.FILE.read_text() == current, "the API has changed; run ./dev api-types"


def test_the_page_lets_nobody_type_more_than_the_backend_takes(document: str) -> None:
    found = json.loads(document)
    written = re.findall(r"^export const (\w+) = (\d+);$", (PAGE / "api/limits.ts").read_text(), re.MULTILINE)
    schemas = found["components"]["schemas"]
    limits = {name: longest(schemas[schema]["properties"][field]) for name, (schema, field) in LIMITS.items()}
    parameters = found["paths"]["/api/{user_id}/tasks"]["get"]["parameters"]
    limits["SEARCH_LIMIT"] = next(longest(one["schema"]) for one in parameters if one["name"] == "q")
    found_limits = {name: int(limit) for name, limit in written}
    assert found_limits == limits, "limits.ts has the lengths of texts that LIMITS here names, and nothing else"


def test_the_page_says_of_a_step_that_was_cut_short_what_the_backend_stores() -> None:
    written = re.search(r"^const UNKNOWN = '(.+)';$", (PAGE / "chat/recovery.ts").read_text(), re.MULTILINE)
    assert written is not None
    assert f'\nUNKNOWN = "{written[1]}"\n' in (ROOT / "backend/app/chat/changes.py").read_text()


def longest(schema: dict[str, Any]) -> int:
    """The most characters that a string may have, also one that may be null."""
    return next(int(one["maxLength"]) for one in (schema, *schema.get("anyOf", ())) if "maxLength" in one)
