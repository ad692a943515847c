"""The arguments of the tools, as a model reads of them."""

from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticKnownError

from todo_mcp.api import Priority


def _no_truth(value: object) -> object:
    """To Pydantic, true is 1."""
    if isinstance(value, bool):
        raise PydanticKnownError("int_type")
    return value


UserId = Annotated[
    str | None, Field(description="Not needed: you act for the signed-in user. Only 'me' or their id.")
]
TaskId = Annotated[
    int, BeforeValidator(_no_truth), Field(description="The number of the task, from list_tasks.", ge=1)
]
Title = Annotated[str, Field(description="Short and in the user's own words.", min_length=1, max_length=200)]
Description = Annotated[str, Field(description="Details, if the user gave any.", max_length=1000)]
TaskPriority = Annotated[Priority, Field(description="Only if the user says how important it is.")]
Tags = Annotated[list[str], Field(description="Single words, if the user gave any.", max_length=20)]
LISTS = frozenset(("tags",))
"""The names of the arguments that are lists."""
Moment = Annotated[
    str,
    Field(
        description="Date and time with the user's UTC offset, such as 2026-12-31T18:00:00+01:00.",
        max_length=40,
    ),
]
DueOrNone = Annotated[
    str,
    Field(
        description="Date and time with the user's UTC offset, such as 2026-12-31T18:00:00+01:00; "
        "an empty string removes the due date.",
        max_length=40,
    ),
]
Words = Annotated[
    str,
    Field(
        description="Words that all occur in the title, the description or the tags; parts of words too.",
        max_length=200,
    ),
]
Tag = Annotated[str, Field(description="Only tasks with this tag.", min_length=1, max_length=50)]
Key = Annotated[
    str | None,
    Field(
        description="Optional: repeat a call whose answer got lost with the same key, and it adds once.",
        min_length=1,
        max_length=100,
        pattern=r"^[\x21-\x7e]+$",
    ),
]
