"""The frames that add tasks."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from app.chat.english import lexicon as lex
from app.chat.english.act import Act, starts
from app.chat.english.fields import DATE_WORDS
from app.chat.english.intents import (
    ASK_ALL_AT_ONCE,
    ASK_NEW_OR_NOT,
    ASK_TITLE,
    ASK_WHICH,
    CANNOT_SET,
    Add,
    Intent,
    Show,
    Unclear,
)
from app.chat.english.several import read_several
from app.chat.english.targets import ends_in_task
from app.chat.english.titles import NO_TITLE, TITLE_FIRST, make_title
from app.chat.english.tokens import Token


def read_adding(message: str, act: Act) -> Intent | None:
    """None where the act is none of adding."""
    tokens = act.tokens
    for read in (_labelled, _remembered, _named, _listed, _bare):
        if (found := read(message, act, tokens)) is not None:
            return found
    return None


def _labelled(message: str, act: Act, tokens: Sequence[Token]) -> Intent | None:
    """As in "todo: fix the tap"."""
    rest = tokens[1:] if starts(tokens, "new") else tokens
    if len(rest) > 1 and rest[0].low in lex.SINGULAR and rest[1].text == ":":
        return make_title(message, rest[2:], act.ending)
    return None


def _remembered(message: str, act: Act, tokens: Sequence[Token]) -> Intent | None:
    if starts(tokens, "remind", "me"):
        rest = tokens[2:]
        if starts(rest, "of|about", "my|the", "|".join(sorted(lex.PLURAL))) and len(rest) == 3:
            return Show("pending")
        if starts(rest, "about|of", "|".join(sorted(lex.NOUN))) and len(rest) > 2 and _is_number(rest[2]):
            return Unclear(ASK_WHICH)
        if starts(rest, "to|about|of|that") and len(rest) > 1:
            return make_title(message, rest[1:])
        return None if rest and rest[0].low in lex.INTERROGATIVES else Unclear(NO_TITLE)
    for phrase in (("remember", "to"), ("forget", "to|about")):
        if starts(tokens, *phrase):
            return make_title(message, tokens[2:])
    if not starts(tokens, "forget", "the|my"):
        return None
    is_there = any(token.low in lex.NOUN | lex.ORDINALS.keys() | {"list", "one"} for token in tokens)
    return Unclear(ASK_WHICH) if is_there else make_title(message, tokens[1:])


def _named(message: str, act: Act, tokens: Sequence[Token]) -> Intent | None:
    """As in "add a task to …", "new task …" and "create two tasks: … and …"."""
    is_new = starts(tokens, "new")
    if not tokens or not (is_new or tokens[0].low in lex.ADDING or starts(tokens, "set", "up")):
        return None
    rest = list(tokens[2:] if starts(tokens, "set") or starts(tokens[1:], "me") else tokens[1:])
    count, definite = None, False
    while rest and (rest[0].low in lex.ARTICLES or _is_number(rest[0])):
        definite = rest[0].low in lex.DEFINITE or (definite and rest[0].low not in lex.NEWNESS)
        if rest[0].low not in lex.ARTICLES:
            digits = rest[0].text
            count = lex.NUMBER_WORDS.get(rest[0].low) or (int(digits) if digits.isdecimal() else 0)
        rest = rest[1:]
    if starts(rest, "to", "do|dos") and len(rest) < len(tokens) - 1:
        rest = [Token("word", f"to-{rest[1].low}", rest[0].start, rest[1].end), *rest[2:]]
    priority, rest = _with_priority(rest)
    # "New tasks" may be a list.
    if not rest or rest[0].low not in (lex.SINGULAR if is_new else lex.NOUN):
        return None
    if definite and not _is_explicit(rest[1:]) and not _only_quotes(rest[1:]):
        return Unclear(NO_TITLE)  # "put the task on hold" is about one that exists
    intent = _after_noun(message, act, rest, count)
    return replace(intent, priority=priority) if isinstance(intent, Add) else intent


def _with_priority(tokens: list[Token]) -> tuple[str, list[Token]]:
    """That of "high priority task", and what follows it."""
    if not tokens or tokens[0].low not in lex.PRIORITIES:
        return "", tokens
    rest = tokens[2:] if starts(tokens[1:], "priority|prio") else tokens[1:]
    named = bool(rest) and rest[0].low in lex.NOUN
    return (lex.PRIORITIES[tokens[0].low], rest) if named else ("", tokens)


def _after_noun(message: str, act: Act, rest: list[Token], count: int | None) -> Intent:
    plural = rest[0].low in lex.PLURAL
    rest = rest[1:]
    if rest and (_is_number(rest[0]) or rest[0].text == "#"):
        return Unclear(ASK_WHICH)
    if starts(rest, "list|lists|manager|app"):
        return Unclear(NO_TITLE)
    rest = _after_list(rest)
    if starts(rest, "like") or (starts(rest, "that") and not starts(rest, "that", "says")):
        return Unclear(NO_TITLE)
    explicit = _is_explicit(rest)
    if plural or count is not None:
        return read_several(message, rest, count) if explicit or _only_quotes(rest) else Unclear(NO_TITLE)
    if starts(rest, "with", "title|name") or starts(rest, "with", "the|a", "title|name"):
        return _titled(message, rest[2 + starts(rest[1:], "the|a") :])
    if (question := _begins_with_fields(rest)) is not None:
        return question
    if starts(rest, "that", "says"):
        rest = rest[2:]
    elif starts(rest, "|".join(sorted(lex.CONNECTORS))):
        rest = rest[1:]
    return make_title(message, rest, act.ending if explicit else "")


def _titled(message: str, text: Sequence[Token]) -> Intent:
    """What follows "with the title", up to a description."""
    for place in range(1, len(text) - 1):
        if starts(text, "and", at=place) and text[place + 1].low in lex.FIELDS - {"description"}:
            return Unclear(NO_TITLE)
    return make_title(message, text, named=True)


def _begins_with_fields(rest: Sequence[Token]) -> Unclear | None:
    """As in "a task for tomorrow to pay rent": what stands before the title belongs behind it."""
    if starts(rest, "with|by|on|in|at|before|until|due|tagged"):
        return Unclear(TITLE_FIRST)
    phrase = rest[1:] if starts(rest, "for") else rest
    behind = phrase[len(list(takewhile(_is_when, phrase))) :]
    if len(phrase) < len(rest) and not behind:
        return Unclear(ASK_ALL_AT_ONCE if phrase else ASK_TITLE)
    leads_in = starts(behind, "to") or (behind and behind[0].text == ":")
    return Unclear(TITLE_FIRST) if leads_in and len(behind) < len(phrase) else None


def _is_explicit(tokens: Sequence[Token]) -> bool:
    return bool(tokens) and (tokens[0].text == ":" or starts(tokens, "called|named|titled"))


def _is_when(token: Token) -> bool:
    return token.low in DATE_WORDS | lex.WHEN or token.text[0].isdecimal()


def _listed(message: str, act: Act, tokens: Sequence[Token]) -> Intent | None:
    """As in "put bread on my list"."""
    if not starts(tokens, "put|write|note|jot"):
        return None
    title = _before_list(tokens[1:])
    if title is None:
        return None
    if any(token.low in lex.NOUN for token in title[:2] if token.kind == "word"):
        return Unclear(ASK_WHICH)
    return make_title(message, title)


def _bare(message: str, act: Act, tokens: Sequence[Token]) -> Intent | None:
    """As in "add bread", which may name a field, a task or a button instead."""
    if not starts(tokens, "add"):
        return None
    rest = list(tokens[1:])
    if rest and rest[0].text == ":":
        return make_title(message, rest[1:], act.ending)
    listed = _before_list(rest)
    rest = rest if listed is None else list(listed)
    for place in range(len(rest)):
        if starts(rest, "as", "a", "task|todo|to-do|new", at=place) and rest[-1].low in lex.SINGULAR:
            rest = rest[:place]
            break
    if not rest:
        return Unclear(ASK_TITLE)
    first = rest[1].low if len(rest) > 1 and rest[0].low in lex.ARTICLES else rest[0].low
    words = [token.low for token in rest if token.kind == "word"]
    if first in lex.FIELDS or (len(words) > 1 and words[0] in {"due"}):
        return Unclear(CANNOT_SET)
    takes_some = starts(rest, "some") and len(rest) > 1 and rest[1].low not in lex.PREPOSITIONS
    if starts(rest, "|".join(lex.NOT_A_TITLE | {"up", "to", "on"} | lex.BEING)) and not takes_some:
        return Unclear(ASK_TITLE)
    if first in lex.INTERFACE and any(word in lex.BEING for word in words):
        return Unclear(NO_TITLE)
    if len(rest) < 4 and rest[-1].kind == "word" and rest[-1].low in lex.PLURAL:
        return Unclear(NO_TITLE)  # "recurring tasks" are a wish for the app
    if act.asked and len(rest) < 4 and rest[-1].low in lex.OF_THE_APP:
        return Unclear(NO_TITLE)
    numbers = [token for token in rest if token.kind == "number" or token.text == "#"]
    only_numbers = all(token in numbers or token.low in {"and", ",", "&"} for token in rest)
    if numbers and only_numbers:
        return Unclear(ASK_WHICH)
    if ends_in_task(rest):
        return Unclear(ASK_NEW_OR_NOT)
    return make_title(message, rest)


def _only_quotes(tokens: Sequence[Token]) -> bool:
    return bool(tokens) and all(token.kind == "quote" or token.low in {"and", ",", "&"} for token in tokens)


def _is_number(token: Token) -> bool:
    return token.kind == "number" or token.low in lex.NUMBER_WORDS


def _before_list(tokens: Sequence[Token]) -> Sequence[Token] | None:
    """What stands before "to my list", where that ends the sentence."""
    if not tokens or tokens[-1].low not in {"list", "todos", "to-dos", "tasks"}:
        return None
    for place in range(len(tokens) - 2, max(len(tokens) - 6, -1), -1):
        if starts(tokens, "to|on|onto|in", "my|the|our", at=place):
            return tokens[:place]
    for phrase in (("to|on|onto", "list"), ("to|on|onto", "todo|to-do|task", "list")):
        if starts(tokens[-len(phrase) :], *phrase):
            return tokens[: -len(phrase)]
    return None


def _after_list(tokens: Sequence[Token]) -> list[Token]:
    """Less "to my list" at the beginning."""
    if starts(tokens, "to|on|onto|in", "my|the|our"):
        for place in range(2, min(len(tokens), 5)):
            if tokens[place].low == "list" and (place + 1 == len(tokens) or tokens[place + 1].text == ":"):
                return list(tokens[place + 1 :])
    return list(tokens)
