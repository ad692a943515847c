"""Bodies that hold no JSON object, or are not said to."""

from typing import Any

import pytest
from servers import Stack

ACCOUNT = '{"email": "ada@todo.test", "password": "a long password"}'
NO_OBJECT = "body: must be a JSON object"
UNNAMED = "body: must be sent with Content-Type: application/json"


@pytest.mark.parametrize(
    ("content", "content_type", "says"),
    [
        (ACCOUNT, None, UNNAMED),
        (ACCOUNT, "text/plain", UNNAMED),
        (ACCOUNT, "application/x-www-form-urlencoded", UNNAMED),
        ("[1]", "application/json", NO_OBJECT),
        ("7", "application/json", NO_OBJECT),
        ('"a text"', "application/json", NO_OBJECT),
    ],
)
def test_a_body_that_is_not_read_says_what_it_lacks(
    stack: Stack, content: str, content_type: str | None, says: str
) -> None:
    headers: Any = {"Content-Type": content_type} if content_type else {}
    refused = stack.http.post("/api/auth/login", content=content.encode(), headers=headers)
    assert (refused.status_code, refused.json()["detail"]) == (422, says)
