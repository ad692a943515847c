"""What stands behind the title of a new task: when it is due, its priority, its tags.

All of it is cut off the title, so it counts only where it can be nothing else. "on Friday" and "tomorrow"
belong to what they follow in "tickets for the concert on Friday"; "by Friday" and "due" rarely do.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.chat.english import lexicon as lex
from app.chat.english.act import starts
from app.chat.english.dates import (
    MONTHS,
    NEAR,
    PARTS,
    SHORT_WEEKDAYS,
    TOKENS_MAX,
    WEEKDAYS,
    When,
    read_when,
)
from app.chat.english.tokens import Token

DATE_WORDS = WEEKDAYS.keys() | SHORT_WEEKDAYS.keys() | MONTHS.keys() | NEAR.keys()
INTRODUCTIONS = (
    ("due", "date", "on|by|at"),
    ("due", "date"),
    ("due", "on|by|at"),
    ("due",),
    ("deadline",),
    ("by",),
    ("on",),
    ("at",),
)
OTHER_DATE = re.compile(
    rf"\b(?:(?:today|tonight|tomorrow)\b(?!['’])|(?:{'|'.join(WEEKDAYS)}),? (?:and|or|then|but)\b)"
)
"""A date within a title, so that one behind it is another, or only of what stands between them."""


@dataclass(frozen=True)
class Fields:
    """`loosely` is set where the date may belong to a noun before it."""

    due: When | None = None
    priority: str = ""
    tags: tuple[str, ...] = ()
    loosely: bool = False

    def may_follow(self, title: str) -> bool:
        """Whether a title of these words can be what they stand behind, and nothing that they belong to."""
        said = title.lower().replace("’", "'").split()
        if self.due is not None and (not lex.CLAUSES.isdisjoint(said) or OTHER_DATE.search(title)):
            return False
        return not (self.loosely and not lex.PREPOSITIONS.isdisjoint(said))


def read_fields(tokens: Sequence[Token], now: datetime) -> tuple[Sequence[Token], Fields]:
    """The tokens before the fields, and the fields; no fields at all where one of them is uncertain."""
    rest, fields = tokens, Fields()
    while rest:
        if (priority := _priority(rest)) and not fields.priority:
            place, found = priority
            fields = replace(fields, priority=found)
        elif tags := _tags(rest):
            place, more = tags
            fields = replace(fields, tags=(*more, *fields.tags))
        elif fields.due is None and (place_of_date := _date_place(rest, now)) is not None:
            due = _due(rest, place_of_date, now)
            if due is None:
                return tokens, Fields()
            place = place_of_date
            fields = replace(fields, due=due[0], loosely=due[1])
        else:
            break
        rest = _without_marks(rest[:place])
    return (tokens, Fields()) if _hangs(rest) else (rest, fields)


def _priority(tokens: Sequence[Token]) -> tuple[int, str] | None:
    """As in "with high priority", and "and high priority" behind a quote."""
    for place in range(max(0, len(tokens) - 4), len(tokens) - 1):
        words = [token.low for token in tokens[place + 1 :] if token.low not in lex.ARTICLES]
        levels = [lex.PRIORITIES[word] for word in words if word in lex.PRIORITIES]
        rest = {"priority", "prio"}.issuperset(word for word in words if word not in lex.PRIORITIES)
        joined = place and tokens[place - 1].kind == "quote" and starts(tokens, "and", at=place)
        is_one = len(words) == 2 and len(levels) == 1 and rest
        if is_one and (joined or starts(tokens, "with", at=place)):
            return place, levels[0]
    return None


def _tags(tokens: Sequence[Token]) -> tuple[int, tuple[str, ...]] | None:
    """As in "#home", "tagged #home and #garden" and "with the tag home"."""
    end = len(tokens)
    if end > 1 and _is_hashtag(tokens, end - 2):
        place = end - 2
        while place > 2 and starts(tokens, "and", at=place - 1) and _is_hashtag(tokens, place - 3):
            place -= 3
        tags = tuple(token.low for token in tokens[place:] if token.text != "#" and token.low != "and")
        for words in (("tagged",), ("with", "tag|tags"), ("with", "the", "tag|tags")):
            if place > len(words) and starts(tokens, *words, at=place - len(words)):
                return place - len(words), tags
        return place, tags
    for place in range(max(0, end - 4), end - 2):
        name = place + 1 + starts(tokens, "the|a", at=place + 1)
        if starts(tokens, "with", at=place) and starts(tokens, "tag", at=name) and name == end - 2:
            return (place, (tokens[-1].low,)) if tokens[-1].kind == "word" else None
    return None


def _is_hashtag(tokens: Sequence[Token], place: int) -> bool:
    """A word of letters behind the sign: "#12" is a number."""
    sign, word = tokens[place], tokens[place + 1]
    return sign.text == "#" and word.kind == "word" and sign.end == word.start and word.text[0].isalpha()


def _date_place(tokens: Sequence[Token], now: datetime) -> int | None:
    """Where the longest date begins that the tokens end in, with what introduces it."""
    for place in range(max(0, len(tokens) - TOKENS_MAX), len(tokens)):
        _, phrase = _introduced(tokens, place)
        if read_when(phrase, now) or read_when(tokens[place:], now):
            return place
    return None


def _introduced(tokens: Sequence[Token], place: int) -> tuple[tuple[str, ...], Sequence[Token]]:
    """What introduces a date there, if anything does, and what follows it."""
    words = next((words for words in INTRODUCTIONS if starts(tokens, *words, at=place)), ())
    phrase = tokens[place + len(words) :]
    is_marked = words[:1] in (("due",), ("deadline",)) and bool(phrase) and phrase[0].text == ":"
    is_parted = place > 0 and tokens[place - 1].text in ",;-–"
    # "check the due date tomorrow" and "discuss deadline tomorrow" are about one.
    is_noun = (words == ("deadline",) and not (is_marked or is_parted)) or (
        words[1:2] == ("date",) and _hangs(tokens[:place])
    )
    return ((), tokens[place:]) if is_noun else (words, phrase[is_marked:])


def _due(tokens: Sequence[Token], place: int, now: datetime) -> tuple[When, bool] | None:
    """The date from there on, and whether it stands loosely; None where it may be part of a title."""
    before = tokens[place - 1] if place else None
    if before is None or before.low in DATE_WORDS or before.kind == "number" or _hangs(tokens[:place]):
        return None
    if before.low in PARTS and place > 1 and tokens[place - 2].low in DATE_WORDS | {"this"}:
        return None
    introduction, phrase = _introduced(tokens, place)
    when = read_when(phrase, now)
    if when is None or (introduction and not tokens[place].text.islower()):
        return None
    if introduction[:1] in (("by",), ("due",), ("deadline",)):
        return when, False
    if introduction == ("on",):
        return (when, True) if when.day is not None and before.low not in lex.WITH_ON else None
    if when.near and before.low in lex.WITH_DAYS:
        return None
    if introduction == ("at",) or (when.near and phrase[0].text.islower() and not starts(phrase, "the")):
        return when, True
    # "dentist monday at 5pm", but not "Freaky Friday at 5pm" and "the sun at 5pm".
    is_plain = phrase[0].low not in SHORT_WEEKDAYS and not before.text[:1].isupper()
    return (when, True) if when.by_name and when.time is not None and is_plain else None


def _hangs(tokens: Sequence[Token]) -> bool:
    """Whether the last word wants another after it: "for", "the", "is"."""
    return bool(tokens) and tokens[-1].kind == "word" and tokens[-1].low in lex.HANGING


def _without_marks(tokens: Sequence[Token]) -> Sequence[Token]:
    while tokens and tokens[-1].kind == "mark" and tokens[-1].text in ",;-–":
        tokens = tokens[:-1]
    return tokens
