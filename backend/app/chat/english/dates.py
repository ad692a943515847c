"""Reads due dates: what can mean one moment only, so not "at 5:30", 12/05, and "next Friday" on a Wednesday.

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
NEAR = {"today": 0, "tonight": 0, "this evening": 0, "tomorrow": 1, "the day after tomorrow": 2}
PARTS = {
    "morning": range(1, 12),
    "afternoon": range(12, 19),
    "evening": range(17, 24),
    "night": range(18, 24),
}
"""The hours that people mean by a part of the day."""
EITHER_HALF = range(1, 7)
"""Hours that are as likely of the afternoon; "9:30" alone is of the morning."""

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
TIME = re.compile(
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?(?: ?(?P<half>am|pm))?"
    rf"(?: (?:in the|at) (?P<part>{'|'.join(PARTS)}))?|(?P<noon>noon)",
    re.ASCII,
)
PART_OF_DAY = re.compile(rf"(?P<day>.+) (?P<part>{'|'.join(PARTS)})")
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
        if match := pattern.fullmatch(phrase):
            name, part = _part_of_day(match["rest"] or "")
            day = _day(name, now.date()) if name else When(None, None)
            if day is None:
                continue
            over = now.time() if day.day in (None, now.date()) else time()
            if (at := _time(match["time"], part, over)) is not None:
                return When(day.day, at, day.by_name, day.near)
    return None


def in_one_line(tokens: Sequence[Token]) -> str:
    """The tokens in lower case, with one space where there was any."""
    words = [tokens[0].low] if tokens else []
    for before, token in zip(tokens, tokens[1:], strict=False):
        words.append(token.low if before.end == token.start else f" {token.low}")
    return "".join(words)


def _part_of_day(text: str) -> tuple[str, str]:
    """The day, and what part of it is meant: "tomorrow" and "evening" of "tomorrow evening"."""
    if text in ("tonight", "this evening"):
        return "today", "evening"
    match = PART_OF_DAY.fullmatch(text)
    if match is None:
        return text, ""
    return "today" if match["day"] == "this" else match["day"], match["part"]


def _time(text: str, part: str, over: time) -> time | None:
    """The one time that the text can mean in that part of the day, which has reached `over`."""
    match = TIME.fullmatch(text)
    if match is None:
        return None
    if match["noon"]:
        return None if part else time(12)
    meant = [PARTS[name] for name in (part, match["part"]) if name]
    hours = [hour for hour in _hours(match, bool(meant)) if all(hour in one for one in meant)]
    try:
        at = time(hours[0], int(match["minute"] or 0)) if len(hours) == 1 else None
    except ValueError:
        return None
    # "at 9:30", said at ten, may mean this evening or tomorrow morning.
    is_either = not match["half"] and not meant and 1 <= int(match["hour"]) < 12 and text[0] != "0"
    return None if at is not None and is_either and at <= over else at


def _hours(match: re.Match[str], has_part: bool) -> list[int]:
    """Which ones of the day may be meant."""
    hour, half = int(match["hour"]), match["half"]
    if half:
        return [hour % 12 + (12 if half == "pm" else 0)] if 1 <= hour <= 12 else []
    if hour > 12 or match["hour"].startswith("0"):
        return [hour] if has_part or match["minute"] else []
    if has_part:
        return [hour % 12, hour % 12 + 12]
    return [hour] if match["minute"] and hour not in EITHER_HALF else []


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
