"""The requests that look for tasks: by words, tag, priority and due date."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from app.chat.english import lexicon as lex
from app.chat.english.act import starts
from app.chat.english.dates import read_when
from app.chat.english.intents import Search
from app.chat.english.tokens import Token

ASKING = lex.words(
    "what what's whats which show list find search see view get give tell me for do i have i've is are there "
    "any anything how many that all my the of still everything"
)
SPANS = {"this week", "next week", "this weekend", "this month", "next month"}


def read_search(found: Sequence[Token], now: datetime) -> Search | None:
    """As in "search for milk", "find tasks about milk" and "what is due today"."""
    if (due := _due(found, now)) is not None:
        return due
    first, rest = found[0].low, list(found[1:])
    if first not in lex.SEARCHING and not starts(found, "show|list"):
        return None
    searches = first in lex.SEARCHING
    while rest and rest[0].kind == "word" and rest[0].low in {"for", "me", "all", *lex.DETERMINERS}:
        rest = rest[1:]
    priority = ""
    if len(rest) > 2 and rest[0].low in lex.PRIORITIES and starts(rest, "priority", at=1):
        priority, rest = lex.PRIORITIES[rest[0].low], rest[2:]
    named = bool(rest) and rest[0].low in lex.NOUN
    rest = rest[1:] if named else rest
    if priority:
        return Search(priority=priority) if named and not rest else None
    if named and (starts(rest, "tagged") or starts(rest, "with", "tag|tags")):
        tags = [token for token in rest[1 if starts(rest, "tagged") else 2 :] if token.text != "#"]
        return Search(tag=tags[0].low) if len(tags) == 1 and tags[0].kind != "mark" else None
    if named and starts(rest, "about|with|containing|mentioning|for"):
        rest = rest[1:]
    elif not searches or named:
        return None
    words = [token.text for token in rest if token.kind != "mark"]
    return Search(words=" ".join(words)) if words else None


def _due(found: Sequence[Token], now: datetime) -> Search | None:
    """Nothing but words of a question, "due" or "overdue", and a time: else the words are of titles."""
    place = next((n for n, token in enumerate(found[:12]) if token.low in {"due", "overdue"}), None)
    if place is None or any(token.kind != "word" for token in found[:place]):
        return None
    if not {token.low for token in found[:place]} <= ASKING | lex.NOUN:
        return None
    rest = found[place + 1 :]
    if found[place].low == "overdue":
        if len(rest) > 1 or (rest and rest[0].low not in lex.NOUN):
            return None
        return Search(due="overdue", due_before=now.isoformat(timespec="seconds"))
    if not rest:
        return Search(due="due", due_after=now.replace(year=2000).isoformat(timespec="seconds"))
    return _due_in(rest, now)


def _due_in(phrase: Sequence[Token], now: datetime) -> Search | None:
    words = " ".join(token.low for token in phrase)
    midnight = datetime.combine(now.date(), time(), now.tzinfo)
    if (span := words.removeprefix("in ")) in SPANS:
        return _between(f"due {span}", *_span(span, midnight))
    when = read_when(phrase[1:] if starts(phrase, "on|by|before") else phrase, now)
    if when is None or when.day is None or when.time is not None:
        return None
    day = datetime.combine(when.day, time(), now.tzinfo)
    if starts(phrase, "before"):
        return Search(due=f"due {words}", due_before=day.isoformat())
    end = day + timedelta(days=1)
    if starts(phrase, "by"):
        return Search(due=f"due {words}", due_before=end.isoformat())
    return _between(f"due {words}", day, end)


def _span(name: str, today: datetime) -> tuple[datetime, datetime]:
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    next_first = (first + timedelta(days=32)).replace(day=1)
    match name:
        case "this week":
            return monday, monday + timedelta(days=7)
        case "next week":
            return monday + timedelta(days=7), monday + timedelta(days=14)
        case "this weekend":
            return monday + timedelta(days=5), monday + timedelta(days=7)
        case "this month":
            return first, next_first
        case _:
            return next_first, (next_first + timedelta(days=32)).replace(day=1)


def _between(said: str, start: datetime, end: datetime) -> Search:
    return Search(due=said, due_after=start.isoformat(), due_before=end.isoformat())
