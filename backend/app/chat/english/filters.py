"""Which tasks a request to see some asks for: by tag, priority, due date and words."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from app.chat.english import lexicon as lex
from app.chat.english.act import starts
from app.chat.english.dates import TOKENS_MAX, in_one_line, read_when
from app.chat.english.fields import DATE_WORDS
from app.chat.english.intents import Search
from app.chat.english.tokens import Token

ASKED_MAX = 60
"""Tokens: what is longer asks for no tasks, and the time to read it would grow faster than its length."""
SPANS = {"this week", "next week", "this weekend", "this month", "next month"}
OF_FILTERS = DATE_WORDS | lex.FIELDS | lex.words("week month year weekend days prio label")
"""Behind "for" and "with" they are no words of a task: "for the weekend", "with no due date"."""
BEHIND_WORDS = (("do", "i"), ("have", "i"), ("are", "there"), ("that|which", "are|is"))
"""What ends the words of "which tasks about milk do I have?"."""

Found = tuple[dict[str, str], int]
"""Fields of a search, and where the tokens end that say them."""


def read_filters(tokens: Sequence[Token], now: datetime) -> tuple[Search, list[Token]] | None:
    """The filters, and the tokens that say none; None where two of a kind are given."""
    if len(tokens) > ASKED_MAX:
        return None
    given, rest, place = dict[str, Any](), list[Token](), 0
    while place < len(tokens):
        found = _tag(tokens, place) or _priority(tokens, place) or _due(tokens, place, now)
        found = found or _words(tokens, place)
        if found is None:
            rest.append(tokens[place])
            place += 1
            continue
        fields, place = found
        if not given.keys().isdisjoint(fields):
            return None
        given |= fields
    return Search(**given), rest


def _tag(tokens: Sequence[Token], place: int) -> Found | None:
    """As in "tagged home", "with the tag #home" and "#home"."""
    value = place
    if starts(tokens, "tagged|labelled|labeled", at=place):
        value += 2 if starts(tokens, "as|with", at=place + 1) else 1
    elif starts(tokens, "with", at=place):
        value = place + 2 if starts(tokens, "the|a", at=place + 1) else place + 1
        if not starts(tokens, "tag|tags|label|labels", at=value):
            return None
        value += 1
    elif tokens[place].text != "#":
        return None
    value += value < len(tokens) and tokens[value].text == "#"
    named = tokens[value : value + 1]
    is_tag = bool(named) and named[0].kind in ("word", "quote") and named[0].low not in lex.NOUN
    return ({"tag": named[0].low}, value + 1) if is_tag else None


def _priority(tokens: Sequence[Token], place: int) -> Found | None:
    """As in "with high priority" and "urgent"."""
    start = place
    if starts(tokens, "with|of", at=place):
        start += 2 if starts(tokens, "a|the", at=place + 1) else 1
    if start == len(tokens):
        return None
    first = tokens[start].low
    if starts(tokens, "priority|prio", at=start) and start + 1 < len(tokens):
        level = lex.PRIORITIES.get(tokens[start + 1].low)
        return ({"priority": level}, start + 2) if level else None
    level = lex.PRIORITIES.get(first.removesuffix("-priority"))
    if level is None:
        return None
    if starts(tokens, "priority|prio", at=start + 1):
        return {"priority": level}, start + 2
    return ({"priority": level}, start + 1) if start == place or first != level else None


def _due(tokens: Sequence[Token], place: int, now: datetime) -> Found | None:
    """As in "overdue", "due on Friday", "with a due date", "for today", "this week" and "today's"."""
    if starts(tokens, "overdue", at=place):
        return {"due": "overdue", "due_before": now.isoformat(timespec="seconds")}, place + 1
    if tokens[place].low in ("today's", "todays", "tomorrow's", "tomorrows"):
        day = replace(tokens[place], text=tokens[place].low.rstrip("s").rstrip("'"))
        found = _due_in((day,), now)
        return (found, place + 1) if found else None
    for phrase in (("with", "due", "date|dates"), ("with", "a", "due", "date")):
        if starts(tokens, *phrase, at=place):
            return _dated(now), place + len(phrase)
    if starts(tokens[:place][-1:], "next|last|every"):
        return None
    is_said = starts(tokens, "due", at=place)
    start = place + (is_said or starts(tokens, "for", at=place))
    for end in range(min(len(tokens), start + TOKENS_MAX), start, -1):
        if (found := _due_in(tokens[start:end], now)) is not None:
            return found, end
    is_last = start == len(tokens) or tokens[start].low in lex.NOUN
    return (_dated(now), start) if is_said and is_last else None


def _words(tokens: Sequence[Token], place: int) -> Found | None:
    """As in "tasks about milk" and "tasks for Bob": the rest of the sentence, and a quote behind the noun."""
    before = [token.low for token in tokens[:place]]
    if lex.NOUN.isdisjoint(before) and not {"everything", "anything"} & set(before):
        return None
    if tokens[place].kind == "quote" and before[-1] in lex.NOUN | lex.NAMING:
        return {"words": tokens[place].text}, place + 1
    if not starts(tokens, "about|with|containing|mentioning|called|named|titled|for", at=place):
        return None
    start = place + 1
    while start < len(tokens) and tokens[start].low in lex.DETERMINERS:
        start += 1
    places = range(start, len(tokens))
    end = next((n for n in places for phrase in BEHIND_WORDS if starts(tokens, *phrase, at=n)), len(tokens))
    said = tokens[start:end]
    if starts(tokens, "with|for", at=place) and any(token.low in OF_FILTERS | {"me"} for token in said):
        return None
    words = " ".join(token.text for token in said if token.kind != "mark")
    return ({"words": words}, end) if words else None


def _dated(now: datetime) -> dict[str, str]:
    return {"due": "due", "due_after": now.replace(year=2000).isoformat(timespec="seconds")}


def _due_in(phrase: Sequence[Token], now: datetime) -> dict[str, str] | None:
    """A span or a day, or what is before one."""
    words = in_one_line(phrase)
    midnight = datetime.combine(now.date(), time(), now.tzinfo)
    if (span := words.removeprefix("in ")) in SPANS:
        return _between(f"due {span}", *_span(span, midnight))
    when = read_when(phrase[1:] if starts(phrase, "on|by|before") else phrase, now)
    if when is None or when.day is None or when.time is not None:
        return None
    day = datetime.combine(when.day, time(), now.tzinfo)
    if starts(phrase, "before"):
        return {"due": f"due {words}", "due_before": day.isoformat()}
    end = day + timedelta(days=1)
    if starts(phrase, "by"):
        return {"due": f"due {words}", "due_before": end.isoformat()}
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


def _between(said: str, start: datetime, end: datetime) -> dict[str, str]:
    return {"due": said, "due_after": start.isoformat(), "due_before": end.isoformat()}
