"""The frames that set and remove due dates of tasks which exist."""

from collections.abc import Sequence
from datetime import datetime

from app.chat.english import lexicon as lex
from app.chat.english.act import starts
from app.chat.english.dates import read_when
from app.chat.english.intents import ASK_WHEN, ASK_WHOSE_DATE, Intent, Target, Unclear, Update
from app.chat.english.targets import LATEST, about
from app.chat.english.tokens import Token


def read_scheduling(tokens: Sequence[Token], now: datetime) -> Intent | None:
    """None where the tokens are no such command."""
    first = tokens[0].low
    if tokens[0].kind != "word":
        return None
    if first in lex.MOVING:
        return _moved(tokens[1:], now, later=first in lex.POSTPONING)
    if first in lex.DELETING | {"clear", "drop"}:
        return _removed(tokens[1:])
    if first in lex.CHANGING and (named := _after_name(tokens[1:])) is not None:
        if starts(named, "to"):
            return _due((), named[1:], now)
        return _moved(named[1:], now) if starts(named, "of|for") else Unclear(ASK_WHOSE_DATE)
    if first in lex.CHANGING | {"make", "mark"}:
        return _made_due(tokens[1:], now)
    if first == "due":
        when = read_when(_after_introduction(tokens[1:]), now)
        # "due tomorrow" may also ask what is.
        return Update(LATEST, due_at=when.moment(now).isoformat()) if when and when.time else None
    return None


def _moved(tokens: Sequence[Token], now: datetime, *, later: bool = False) -> Intent:
    """As in "task 3 to Monday", where only a date may follow the first "to"."""
    for place in range(1, len(tokens)):
        if starts(tokens, "to|till|until|for|on", at=place):
            return _due(tokens[:place], tokens[place + 1 :], now, later=later)
    return Unclear(ASK_WHEN)


def _made_due(tokens: Sequence[Token], now: datetime) -> Intent | None:
    """As in "task 2 due on Friday"; None where nothing is called due."""
    for place in range(1, len(tokens)):
        if starts(tokens, "due", at=place):
            phrase = tokens[: place - starts(tokens, "as", at=place - 1)]
            return _due(phrase, _after_introduction(tokens[place + 1 :]), now)
        if starts(tokens, "to|with|in", at=place):
            return None
    return None


def _removed(tokens: Sequence[Token]) -> Intent | None:
    """As in "the due date of task 2"."""
    rest = _after_name(tokens)
    if rest is None:
        return None
    return _update(rest[1:] if starts(rest, "of|from|for|on") else (), "")


def _due(phrase: Sequence[Token], moment: Sequence[Token], now: datetime, *, later: bool = False) -> Intent:
    """A time alone may be of today, or of the day that the task has; nothing is put off to today."""
    when = read_when(moment, now)
    if when is None or when.day is None or (later and when.time is None and when.day == now.date()):
        return Unclear(ASK_WHEN)
    return _update(phrase, when.moment(now).isoformat())


def _update(phrase: Sequence[Token], due_at: str) -> Intent:
    """Words alone may belong to no task of the list: "move the couch to Friday"."""

    def dated(target: Target) -> Intent:
        if target.is_certain:
            return Update(target, due_at=due_at)
        return Unclear(ASK_WHOSE_DATE, Update(Target(), due_at=due_at))

    return about(phrase, dated) if phrase else dated(Target())


def _after_name(tokens: Sequence[Token]) -> Sequence[Token] | None:
    """What follows "the due date"; None where something else is named."""
    rest = tokens[1:] if starts(tokens, "the|its") else tokens
    if starts(rest, "due", "date|dates"):
        return rest[2:]
    return rest[1:] if starts(rest, "deadline") else None


def _after_introduction(tokens: Sequence[Token]) -> Sequence[Token]:
    return tokens[1:] if starts(tokens, "on|by|at") else tokens
