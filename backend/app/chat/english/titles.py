"""Titles of new tasks: the text as it was written, from its first word to its last."""

from collections.abc import Sequence

from app.chat.english import lexicon as lex
from app.chat.english.act import starts
from app.chat.english.intents import ASK_TITLE, UNCHANGED, Add, Intent, Unclear
from app.chat.english.tokens import Token

TITLE_FIRST = f"Say the title first: “add pay rent by Friday with high priority”. {UNCHANGED}"
ASK_LINES = (
    "Those are several lines. For a task each, begin with “add tasks:”; for one task, write it in one line. "
    f"{UNCHANGED}"
)
ASK_DESCRIPTION = f"I cannot tell where the description ends. Put all of it in quotes. {UNCHANGED}"
NO_TITLE = f"I cannot tell what to add. Say “add a task: …”, or put the title in quotes. {UNCHANGED}"

BEGINNINGS = lex.PLEASE | lex.NEVER_MINDS | {"actually", "wait"}
"""How the end that takes a title back begins without a comma."""
NO_NAMES = lex.NOT_A_TITLE | lex.NOUN | lex.DETERMINERS | {"things", "stuff"}


def make_title(message: str, tokens: Sequence[Token], ending: str = "", *, named: bool = False) -> Intent:
    """Adds what the tokens span; asks where that is no title.

    `named` is set where they are called a title, so that "and description …" is no part of it.
    """
    tokens, text = _at_description(tokens, named=named)
    if len(text) > 1 and text[0].kind == "quote":
        return Unclear(ASK_DESCRIPTION)
    description = text[0].text if text and text[0].kind == "quote" else verbatim(message, text)
    tokens = without_bullet(tokens)
    if not tokens:
        return Unclear(ASK_TITLE)
    quotes = [token for token in tokens if token.kind == "quote"]
    between = [token for token in tokens if token.kind != "quote"]
    if quotes and all(token.low in {"and", ",", "&"} for token in between):
        return Add(tuple(quote.text for quote in quotes if quote.text), description)
    title = verbatim(message, tokens)
    if "?" in ending:
        title += "?"
    elif ending.startswith(".."):
        title += ending
    words = [token.low for token in tokens]
    if len(words) <= 2 and all(word in NO_NAMES for word in words):
        return Unclear(ASK_TITLE)
    if any(token.kind == "mark" and token.text == "\n" for token in tokens):
        return Unclear(ASK_LINES)
    if words[0] in {"no", "not", "don't", "dont"} or takes_back(tokens):
        return Unclear(NO_TITLE)
    return Add((title,), description) if any(token.kind != "mark" for token in tokens) else Unclear(ASK_TITLE)


def without_bullet(tokens: Sequence[Token]) -> Sequence[Token]:
    """Less the "-", "*" or "[ ]" that a line of a copied list begins with."""
    while tokens and tokens[0].kind == "mark":
        is_spaced = len(tokens) > 1 and tokens[0].end < tokens[1].start
        if tokens[0].text in ":,–—-•\n" or (tokens[0].text == "*" and is_spaced):
            tokens = tokens[1:]
        elif tokens[0].text == "[" and len(tokens) > 1 and tokens[1].text == "]":
            tokens = tokens[2:]
        else:
            break
    return tokens


def verbatim(message: str, tokens: Sequence[Token]) -> str:
    start, end = 0, len(tokens)
    while end > start and tokens[end - 1].kind == "mark" and tokens[end - 1].text in ",;":
        end -= 1
    return message[tokens[start].start : tokens[end - 1].end] if end > start else ""


def takes_back(tokens: Sequence[Token]) -> bool:
    """Whether more than a title follows, as in "bread, no wait" and "bread - sorry, butter"."""
    parted = False
    for place, token in enumerate(tokens):
        if place and token.kind == "word" and (parted or token.low in BEGINNINGS):
            rest = tokens[place : place + 8]
            said = {other.low for other in rest if other.kind != "mark"}
            if len(rest) < 8 and said <= lex.TAKING_BACK and not said <= lex.PLEASE:
                return len(rest) > 1 or token.low not in {"that", "it", "no"}
            if parted and token.low == "no" and len(rest) > 1 and rest[1].text == ",":
                return True
            if parted and any(starts(rest, *phrase) for phrase in lex.CORRECTING):
                return True
        parted = token.kind == "mark" and token.text in ".,;!-–—…\n"
    return False


def _at_description(tokens: Sequence[Token], *, named: bool) -> tuple[Sequence[Token], Sequence[Token]]:
    """What stands before the description, and the description."""
    for place in range(1, len(tokens) - 1):
        parts = named or tokens[place - 1].kind == "quote"
        if not starts(tokens, "with|and" if parts else "with", at=place):
            continue
        name = place + 2 if starts(tokens, "the|a", at=place + 1) else place + 1
        rest = list(tokens[name + 1 :])
        called = starts(tokens[name:], "description")
        if starts(tokens[name:], "note|notes|detail|details") and rest:
            called = rest[0].text == ":" or (len(rest) == 1 and rest[0].kind == "quote")
        if called and rest:
            while rest and rest[0].kind == "mark" and rest[0].text == ":":
                rest = rest[1:]
            return tokens[:place], rest
    return tokens, ()
