"""Reads due dates: what can mean one moment only, so not "at 5", 12/05, and "next Friday" on a Wednesday.

Weeks begin on Monday. A weekday is the next one after today.
"""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.chat.english import lexicon as lex
from app.chat.english.tokens import Token
from app.chat.moments import END_OF_DAY

YEARS = range(2000, 3000)
TOKENS_MAX = 12
LENGTH_MAX = 60
"""No date is longer, so the time to look for one does not grow with the message."""

_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday"
_MONTHS = "january february march april may june july august september october november december"
WEEKDAYS = {name: place for place, name in enumerate(_WEEKDAYS.split())}
SHORT_WEEKDAYS = {name[:3]: place for name, place in WEEKDAYS.items()} | {"tues": 1, "thur": 3, "thurs": 3}
MONTHS = {name: place for place, name in enumerate(_MONTHS.split(), 1)}
MONTHS |= {name[:3]: place for name, place in MONTHS.items()} | {"sept": 9}
NEAR = {"today": 0, "tonight": 0, "tomorrow": 1, "the day after tomorrow": 2}

_names = {
    "weekday": "|".join([*WEEKDAYS, *sorted(SHORT_WEEKDAYS, key=len, reverse=True)]),
    "month": "|".join(sorted(MONTHS, key=len, reverse=True)),
    "count": "|".join(["an?", r"\d{1,3}", *lex.NUMBER_WORDS]),
    "near": "|".join(NEAR),
}
DAYS = [
    re.compile(pattern % _names, re.ASCII)
    for pattern in (
        r"(?P<near>%(near)s)",
        r"(?:(?P<which>this|next|coming) )?(?P<weekday>%(weekday)s)",
        r"in (?P<count>%(count)s) (?P<unit>day|week|month)s?",
        r"(?P<year>\d{4})-(?P<number>\d\d)-(?P<day>\d\d)",
        r"(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)?(?: of)? (?P<month>%(month)s)(?:,? (?P<year>\d{4}))?",
        r"(?P<month>%(month)s) (?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)?(?:,? (?P<year>\d{4}))?",
        r"the (?P<day>\d{1,2})(?:st|nd|rd|th)",
    )
]
TIME = re.compile(r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?(?: ?(?P<half>am|pm))?|(?P<noon>noon)", re.ASCII)
TIME_FIRST = re.compile(rf"(?:at )?(?P<time>{TIME.pattern})(?:(?: on)? (?P<rest>.+))?", re.ASCII)
TIME_LAST = re.compile(rf"(?P<rest>.+?),?(?: at)? (?P<time>{TIME.pattern})", re.ASCII)


@dataclass(frozen=True)
class When:
    """A day, a time, or both; `by_name` is a weekday, which names other things as well."""

    day: date | None
    time: time | None
    by_name: bool = False
    near: bool = False
    """Today or tomorrow, by these words."""

    def moment(self, now: datetime) -> datetime:
        """The end of the day where no time is said, and the next such time where no day is."""
        day = self.day
        if day is None:
            assert self.time is not None
            day = now.date() if self.time > now.time() else now.date() + timedelta(days=1)
        return datetime.combine(day, self.time or END_OF_DAY, now.tzinfo)


def read_when(tokens: Sequence[Token], now: datetime) -> When | None:
    """What the tokens mean from the first to the last; None where they are no date or could mean two."""
    if not 0 < len(tokens) <= TOKENS_MAX or tokens[-1].end - tokens[0].start > LENGTH_MAX:
        return None
    if any(token.kind == "quote" for token in tokens):
        return None
    phrase = in_one_line(tokens)
    if (day := _day(phrase, now.date())) is not None:
        return day
    for pattern in (TIME_FIRST, TIME_LAST):
        if (match := pattern.fullmatch(phrase)) and (at := _time(match["time"])):
            if match["rest"] is None:
                return When(None, at)
            if (day := _day(match["rest"], now.date())) is not None:
                return When(day.day, at, day.by_name, day.near)
    return None


def in_one_line(tokens: Sequence[Token]) -> str:
    """The tokens in lower case, with one space where there was any."""
    words = [tokens[0].low] if tokens else []
    for before, token in zip(tokens, tokens[1:], strict=False):
        words.append(token.low if before.end == token.start else f" {token.low}")
    return "".join(words)


def _time(text: str) -> time | None:
    match = TIME.fullmatch(text)
    if match is None or (match["noon"] is None and match["minute"] is None and match["half"] is None):
        return None  # "5" may be in the morning or in the afternoon
    if match["noon"]:
        return time(12)
    hour, half = int(match["hour"]), match["half"]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, int(match["minute"] or 0))
    except ValueError:
        return None


def _day(text: str, today: date) -> When | None:
    for pattern in DAYS:
        if match := pattern.fullmatch(text):
            said = match.groupdict()
            found = _date(said, today)
            if found is None or found.year not in YEARS:
                return None
            return When(found, None, by_name=said.get("weekday") is not None, near=said.get("near") in NEAR)
    return None


def _date(said: dict[str, str | None], today: date) -> date | None:
    try:
        if near := said.get("near"):
            return today + timedelta(days=NEAR[near])
        if weekday := said.get("weekday"):
            return _weekday((WEEKDAYS | SHORT_WEEKDAYS)[weekday], said.get("which"), today)
        if unit := said.get("unit"):
            return _later(today, said["count"] or "", unit)
        day = int(said["day"] or 0)
        if number := said.get("number"):
            return date(int(said["year"] or 0), int(number), day)
        if month := said.get("month"):
            in_year = date(int(said.get("year") or today.year), MONTHS[month], day)
            return in_year if said.get("year") or in_year >= today else in_year.replace(year=today.year + 1)
        return today.replace(day=day) if day >= today.day else _later(today, "1", "month").replace(day=day)
    except (ValueError, OverflowError):
        return None


def _weekday(wanted: int, which: str | None, today: date) -> date | None:
    """Of "this" and "next" only what is the same for those who count from today, and by weeks."""
    is_in_this_week = wanted > today.weekday()
    if (which == "this" and not is_in_this_week) or (which == "next" and is_in_this_week):
        return None
    return today + timedelta(days=(wanted - today.weekday()) % 7 or 7)


def _later(today: date, count: str, unit: str) -> date:
    number = lex.NUMBER_WORDS.get(count) or (int(count) if count.isdecimal() else 1)
    if unit != "month":
        return today + timedelta(days=number * (7 if unit == "week" else 1))
    months = today.month - 1 + number
    year, month = today.year + months // 12, months % 12 + 1
    return date(year, month, min(today.day, monthrange(year, month)[1]))
