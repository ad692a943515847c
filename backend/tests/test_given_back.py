"""What the API gives, it takes back as it is."""

from typing import Any

import pytest
from servers import Person


@pytest.mark.parametrize(
    "fields",
    [
        {"due_at": "1900-01-01T00:00:00Z"},
        {"due_at": "1899-12-31T23:30:00-01:00"},
        {"due_at": "2999-12-31T23:59:59.999999Z"},
        {"due_at": "3000-01-01T00:30:00+01:00"},
        {"tags": ["İ" * 25]},
        {"tags": ["ΟΔΟΣ", "ﬀ", "É"]},
    ],
)
def test_the_fields_of_a_task_are_taken_back(ada: Person, fields: dict[str, Any]) -> None:
    task = ada.add("Task", **fields)
    given = {name: task[name] for name in fields}
    again = ada.ok(ada.http.patch("/api/me/tasks/1", json=given))
    assert {name: again[name] for name in fields} == given
    for tag in task["tags"]:
        assert ada.titles(tag=tag) == ["Task"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"due_at": "1900-01-01T00:00:00+01:00"}, "due_at: must be in the years 1900 to 2999, in UTC"),
        ({"due_at": "2999-12-31T23:59:59-00:01"}, "due_at: must be in the years 1900 to 2999, in UTC"),
        ({"due_at": "0001-01-01T00:00:00+23:59"}, "due_at: must be in the years 1900 to 2999, in UTC"),
        ({"due_at": "9999-12-31T23:59:59-23:59"}, "due_at: must be in the years 1900 to 2999, in UTC"),
        ({"tags": ["İ" * 30]}, "tags.0: must have at most 50 characters in small letters"),
    ],
)
def test_what_could_not_be_taken_back_is_refused(ada: Person, fields: dict[str, Any], says: str) -> None:
    refused = ada.http.post("/api/me/tasks", json={"title": "Task", **fields})
    assert (refused.status_code, refused.json()["detail"]) == (422, says)
