"""Where the next page of a list begins: cursors, and the `Link` header that has the way there."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response

from app.db import MAX_ID
from app.errors import Invalid
from app.wording import is_storable

CURSOR_MAX = 2000
"""Characters of a cursor, which may hold a title."""


def write_cursor(values: list[Any]) -> str:
    """A cursor that holds JSON values: the place of the last row in its order."""
    # Escapes would make a long title of some scripts three times as long as a cursor may be.
    written = json.dumps(values, ensure_ascii=False)
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> list[Any]:
    """The values of a cursor; ValueError for what is none."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(values, list) or not is_storable(values):
        raise ValueError("not the values of a cursor")
    return values


def is_id(value: object) -> bool:
    """Whether a cursor's value can be the id of a row. JSON's `true` is an int of Python, but none of SQL."""
    return type(value) is int and 0 < value <= MAX_ID


def not_of_this_list() -> Invalid:
    return Invalid("cursor: no list in this order gave it. Ask without a cursor first.")


def link_next(request: Request, response: Response, **place: object) -> None:
    """Name the next page in `Link`: the same query, from that place on."""
    again = request.query_params.multi_items()
    kept = [(name, value) for name, value in again if name not in (*place, "offset")]
    link = urlencode([*kept, *place.items()])
    response.headers["Link"] = f'<{request.url.path}?{link}>; rel="next"'
