"""Due dates in English: what means one moment is read, in the user's zone, and nothing else is."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from todo_world import NOW

from app.chat.changes import sentence
from app.chat.english.dates import read_when
from app.chat.english.tokens import tokens
from app.chat.moments import in_words
from app.chat.policy import describe
from app.chat.protocol import Row, ToolCall, ToolOutcome, Turn
from app.chat.rules import plan


def read(phrase: str, now: datetime = NOW) -> str | None:
    when = read_when(tokens(phrase), now)
    return f"{when.moment(now):%a %Y-%m-%d %H:%M}" if when else None


@pytest.mark.parametrize(
    ("phrase", "moment"),
    [
        ("today", "Wed 2026-11-25 23:59"),
        ("tonight at 8pm", "Wed 2026-11-25 20:00"),
        ("tonight at 7:30", "Wed 2026-11-25 19:30"),
        ("tonight at 8", "Wed 2026-11-25 20:00"),
        ("this evening", "Wed 2026-11-25 23:59"),
        ("this evening at 7:30", "Wed 2026-11-25 19:30"),
        ("at 7:30 this evening", "Wed 2026-11-25 19:30"),
        ("this afternoon at 3", "Wed 2026-11-25 15:00"),
        ("tomorrow morning at 7:30", "Thu 2026-11-26 07:30"),
        ("tomorrow at 7:30 in the evening", "Thu 2026-11-26 19:30"),
        ("friday night at 9:30", "Fri 2026-11-27 21:30"),
        ("8 in the morning", "Thu 2026-11-26 08:00"),
        ("friday 05:30", "Fri 2026-11-27 05:30"),
        ("friday 12:30", "Fri 2026-11-27 12:30"),
        ("friday 0:30", "Fri 2026-11-27 00:30"),
        ("friday 9:30", "Fri 2026-11-27 09:30"),
        ("today at 10:30", "Wed 2026-11-25 10:30"),
        ("Tomorrow", "Thu 2026-11-26 23:59"),
        ("the day after tomorrow", "Fri 2026-11-27 23:59"),
        ("friday", "Fri 2026-11-27 23:59"),
        ("wednesday", "Wed 2026-12-02 23:59"),
        ("coming fri", "Fri 2026-11-27 23:59"),
        ("this friday", "Fri 2026-11-27 23:59"),
        ("next monday", "Mon 2026-11-30 23:59"),
        ("friday 5pm", "Fri 2026-11-27 17:00"),
        ("friday, 5 pm", "Fri 2026-11-27 17:00"),
        ("5:30pm on friday", "Fri 2026-11-27 17:30"),
        ("at noon tomorrow", "Thu 2026-11-26 12:00"),
        ("12am tomorrow", "Thu 2026-11-26 00:00"),
        ("17:00", "Wed 2026-11-25 17:00"),
        ("9am", "Thu 2026-11-26 09:00"),
        ("in a week", "Wed 2026-12-02 23:59"),
        ("in 3 days at 9:15", "Sat 2026-11-28 09:15"),
        ("in three months", "Thu 2027-02-25 23:59"),
        ("2027-02-28", "Sun 2027-02-28 23:59"),
        ("2027-02-28 18:30", "Sun 2027-02-28 18:30"),
        ("12 May", "Wed 2027-05-12 23:59"),
        ("the 12th of may 2028", "Fri 2028-05-12 23:59"),
        ("Dec 24", "Thu 2026-12-24 23:59"),
        ("december 24th, 2027 at 6pm", "Fri 2027-12-24 18:00"),
        ("november 25", "Wed 2026-11-25 23:59"),
        ("november 24", "Wed 2027-11-24 23:59"),
        ("the 5th", "Sat 2026-12-05 23:59"),
        ("the 25th", "Wed 2026-11-25 23:59"),
    ],
)
def test_what_means_one_moment_is_read(phrase: str, moment: str) -> None:
    assert read(phrase) == moment


@pytest.mark.parametrize(
    "phrase",
    [
        "5",
        "at 5",
        "friday at 5",
        "friday at 25:00",
        "5:30",
        "friday at 6:30",
        "friday evening at 4:30",
        "friday 3:30",
        "9:30",
        "today at 9:30",
        "tonight at 1:30",
        "tonight at 12",
        "tonight at 7am",
        "tonight at noon",
        "tonight at 07:30",
        "tomorrow morning at 12:30",
        "this afternoon",
        "friday at 7 in the afternoon",
        "tonight at 7:30 in the morning",
        "13pm",
        "0pm",
        "next friday",
        "this monday",
        "this wednesday",
        "next week",
        "the weekend",
        "12/05",
        "12/05/2026",
        "5.12.",
        "february 30",
        "the 31st",
        "2026-13-01",
        "1026-01-01",
        "may",
        "friday or saturday",
        "friday evening",
        "in 999 months of sundays",
        "in ٣ days",
        "eventually",
        "'friday'",
        "friday " * 20,
    ],
)
def test_what_could_mean_two_or_none_is_not_read(phrase: str) -> None:
    assert read(phrase) is None


@pytest.mark.parametrize(
    ("now", "phrase", "day"),
    [
        ("2026-11-27 10:00", "friday", "2026-12-04"),
        ("2026-11-27 10:00", "next friday", "2026-12-04"),
        ("2026-11-27 10:00", "this friday", None),
        ("2026-11-29 10:00", "next monday", "2026-11-30"),
        ("2026-12-31 10:00", "tomorrow", "2027-01-01"),
        ("2027-01-31 10:00", "in a month", "2027-02-28"),
        ("2028-02-29 10:00", "february 28", "2029-02-28"),
        ("2999-12-31 10:00", "tomorrow", None),
    ],
)
def test_the_calendar_is_right_around_its_ends(now: str, phrase: str, day: str | None) -> None:
    found = read(phrase, datetime.fromisoformat(now).replace(tzinfo=ZoneInfo("Europe/Berlin")))
    assert (found and found.split()[1]) == day


@pytest.mark.parametrize(
    ("zone", "due_at"),
    [
        ("Europe/Berlin", "2026-07-02T23:59:00+02:00"),
        ("Asia/Kathmandu", "2026-07-02T23:59:00+05:45"),
        ("Pacific/Honolulu", "2026-07-01T23:59:00-10:00"),
    ],
)
def test_a_day_is_the_users_own(zone: str, due_at: str) -> None:
    at = datetime.fromisoformat("2026-07-01T09:00:00+00:00").astimezone(ZoneInfo(zone))
    [call] = plan([Turn("user", "add pay rent by tomorrow", at=at)]).calls
    assert call.arguments == {"title": "pay rent", "due_at": due_at}


def test_the_offset_is_that_of_the_day_and_not_of_today() -> None:
    """In Berlin the clocks change between July and December."""
    at = datetime(2026, 7, 1, 9, tzinfo=ZoneInfo("Europe/Berlin"))
    [call] = plan([Turn("user", "add buy presents by 24 december", at=at)]).calls
    assert (call.arguments or {})["due_at"] == "2026-12-24T23:59:00+01:00"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-27T23:59:00+01:00", "Fri 27 Nov 2026"),
        ("2026-11-27T17:00:00+01:00", "Fri 27 Nov 2026, 17:00"),
        ("2026-11-27T17:00:00Z", "Fri 27 Nov 2026, 17:00 UTC"),
        ("whenever", "whenever"),
    ],
)
def test_a_moment_is_told_as_a_person_writes_it(moment: str, words: str) -> None:
    assert in_words(moment) == words


def test_a_due_date_is_told_with_the_one_before_in_the_same_zone() -> None:
    row = Row(1, "Milk", "", "1", due_at="2026-11-27T22:59:00+00:00")
    call = ToolCall("1", "update_task", {"task_id": 1, "due_at": "2026-11-30T23:59:00+01:00"})
    outcome = ToolOutcome({"task_id": 1, "title": "Milk"}, ok=True, before=row)
    told = sentence(call, outcome)
    assert told == "Updated task 1, “Milk”. It is due Mon 30 Nov 2026; it was due Fri 27 Nov 2026."
    removed = ToolCall("1", "update_task", {"task_id": 1, "due_at": ""})
    assert sentence(removed, outcome).endswith("no due date now; it was due Fri 27 Nov 2026, 22:59 UTC.")
    assert describe(removed, {1: row}) == "Change task 1, “Milk”: its due date to “none”"
