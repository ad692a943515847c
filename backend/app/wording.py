"""Text and JSON as PostgreSQL can store them, for all that callers and models write."""

import math
import re
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints


def _without_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("must not contain a NUL character")
    return value


# NUL, and half of a surrogate pair.
UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
MAX_DEPTH = 16


def storable(text: str) -> str:
    """The text with a replacement character for each that cannot be stored."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def is_storable(value: Any, depth: int = MAX_DEPTH) -> bool:
    """Whether JSONB holds what json.loads gave. Nesting deeper than `depth` is refused too."""
    if isinstance(value, str):
        return not UNSTORABLE.search(value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return depth > 0 and all(is_storable(key) and is_storable(value[key], depth - 1) for key in value)
    if isinstance(value, list):
        return depth > 0 and all(is_storable(item, depth - 1) for item in value)
    return True


def _in_one_form(value: str) -> str:
    # "é" can be one character or two: in one form the same words are equal, and are found.
    return unicodedata.normalize("NFC", value)


Verbatim = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_without_nul)]
"""As it was written; comparisons bring it into one form."""
Text = Annotated[Verbatim, AfterValidator(_in_one_form)]
