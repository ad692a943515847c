"""The frames that list tasks."""

import re
from collections.abc import Sequence
from itertools import takewhile

from app.chat.english import lexicon as lex
from app.chat.english.intents import Show, Status, Target
from app.chat.english.targets import read_target
from app.chat.english.tokens import Token

SHOW = re.compile(
    r"(?:show|list|display|view|see|read|get|give me|tell me|what|which|how many|do i|have i|am i|"
    r"is there|are there|(?:all )?my|remind me|anything|whats|when)\b"
)
ABOUT_TASKS = re.compile(
    r"\b(?:tasks?|to-?dos?|items?|reminders?|list|everything|plate|should i do|have to do|do i do|"
    r"completed?|done|finished|incomplete|uncompleted|unfinished|undone|pending|open|left|remaining|outstanding)\b"
)
PENDING = re.compile(
    r"\b(?:incomplete|uncompleted|unfinished|undone|not|pending|open|left|remaining|outstanding|on my plate|"
    r"should i do|do i do|have to do|haven't|need to)\b(?! list)"
)
COMPLETED = re.compile(r"\b(?:complete|completed|done|finished)\b")
LISTING = lex.NUMBER_WORDS.keys() | {"#", ",", "and", "number"}
"""What stands between the numbers of tasks, and their names."""
BARE = lex.PLURAL | lex.STATUS.keys() | {"my", "the", "all", "list"}
"""A request of these words alone is one to list tasks."""


def read_showing(found: Sequence[Token]) -> Show | None:
    """None where the tokens ask for no list."""
    # A quote is a title, not a word of the question.
    sentence = " ".join("…" if token.kind == "quote" else token.low for token in found[:60])
    words = set(sentence.split())
    if sentence in lex.NOUN | {"list"} or (words <= BARE and words & (lex.PLURAL | lex.STATUS.keys())):
        return Show(_status(sentence))
    if not SHOW.match(sentence) or not ABOUT_TASKS.search(sentence):
        return None
    if any(token.low in lex.DELETING for token in found):
        return None
    ids = _numbers(found)
    return Show("all", ids) if ids else Show(_status(sentence))


def _numbers(found: Sequence[Token]) -> tuple[int, ...]:
    """Those of "task 1", "task #2" and "tasks 1, 2 and 5"."""
    place = next((n for n, token in enumerate(found) if token.low in lex.NOUN), len(found))
    behind = takewhile(lambda token: token.kind == "number" or token.low in LISTING, found[place + 1 :])
    target = read_target((*found[place : place + 1], *behind))
    return target.ids if isinstance(target, Target) else ()


def _status(sentence: str) -> Status:
    if PENDING.search(sentence):
        return "pending"
    return "completed" if COMPLETED.search(sentence) else "all"
