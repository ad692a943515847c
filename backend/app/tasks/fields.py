"""The fields of a task as callers write them: what is accepted, and the one form in which it is stored."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from app.tasks.model import DESCRIPTION_MAX, TAG_MAX, TAGS_MAX, TITLE_MAX
from app.wording import Text

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
YEARS = range(1900, 3000)
FIRST, AFTER_LAST = (datetime(year, 1, 1, tzinfo=UTC) for year in (YEARS.start, YEARS.stop))


def _null_is_empty(value: Any) -> Any:
    return "" if value is None else value


def _is_written_in_full(value: Any) -> Any:
    # Numbers and dates without a time would pass too, as moments that nobody meant.
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        raise ValueError("must be a date and time with an offset, such as 2026-12-31T18:00:00+01:00")
    return value


def _is_in_our_time(value: datetime) -> datetime:
    if not FIRST <= value < AFTER_LAST:
        raise ValueError(f"must be in the years {YEARS.start} to {YEARS.stop - 1}, in UTC")
    return value


def _tag(value: str) -> str:
    tag = value.removeprefix("#").lower()
    if not tag or re.search(r"[\s,#]", tag):
        raise ValueError("must be one word without spaces, commas and #")
    if len(tag) > TAG_MAX:  # some letters have small ones of two characters
        raise ValueError(f"must have at most {TAG_MAX} characters in small letters")
    return tag


def _once_each(tags: list[str]) -> list[str]:
    return list(dict.fromkeys(tags))


Title = Annotated[Text, Field(min_length=1, max_length=TITLE_MAX)]
Description = Annotated[Text, Field(max_length=DESCRIPTION_MAX), BeforeValidator(_null_is_empty)]
Moment = Annotated[AwareDatetime, AfterValidator(_is_in_our_time), BeforeValidator(_is_written_in_full)]
Tag = Annotated[Text, Field(min_length=1, max_length=TAG_MAX), AfterValidator(_tag)]
Tags = Annotated[list[Tag], Field(max_length=TAGS_MAX), AfterValidator(_once_each)]
