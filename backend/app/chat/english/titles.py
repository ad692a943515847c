"""Titles of new tasks: the text as it was written, from its first word to its last."""

from collections.abc import Sequence

from app.chat.english import lexicon as lex
from app.chat.english.act import starts
from app.chat.english.intents import ASK_TITLE, UNCHANGED, Add, Intent, Unclear
from app.chat.english.tokens import Token

NO_TITLE = f"I cannot tell what to add. Say “add a task: …”, or put the title in quotes. {UNCHANGED}"


def make_title(message: str, tokens: Sequence[Token], ending: str = "") -> Intent:
    """Adds what the tokens span; asks where that is no title."""
    tokens, description = _with_description(message, tokens)
    while tokens and tokens[0].kind == "mark" and tokens[0].text in ":,–-":
        tokens = tokens[1:]
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
    if len(words) <= 2 and all(word in lex.NOT_A_TITLE | lex.NOUN | lex.DETERMINERS for word in words):
        return Unclear(ASK_TITLE)
    if words[0] in {"no", "not", "don't", "dont"} or takes_back(tokens):
        return Unclear(NO_TITLE)
    return Add((title,), description) if any(token.kind != "mark" for token in tokens) else Unclear(ASK_TITLE)


def verbatim(message: str, tokens: Sequence[Token]) -> str:
    start, end = 0, len(tokens)
    while end > start and tokens[end - 1].kind == "mark" and tokens[end - 1].text in ",;":
        end -= 1
    return message[tokens[start].start : tokens[end - 1].end] if end > start else ""


def takes_back(tokens: Sequence[Token]) -> bool:
    """Whether more than a title follows, as in "bread, no wait" and "bread - no, butter"."""
    parted = False
    for place, token in enumerate(tokens):
        if place and token.kind == "word" and (parted or token.low in {"actually", "wait"}):
            rest = tokens[place : place + 8]
            if len(rest) < 8 and all(other.low in lex.TAKING_BACK or other.kind == "mark" for other in rest):
                return len(rest) > 1 or token.low not in {"that", "it", "no"}
            if parted and token.low == "no" and len(rest) > 1 and rest[1].text == ",":
                return True
        parted = token.kind == "mark" and token.text in ".,;!-–—…\n"
    return False


def _with_description(message: str, tokens: Sequence[Token]) -> tuple[Sequence[Token], str]:
    for place in range(1, len(tokens) - 1):
        if not starts(tokens, "with", at=place):
            continue
        name = place + 2 if starts(tokens, "the|a", at=place + 1) else place + 1
        rest = list(tokens[name + 1 :])
        called = starts(tokens[name:], "description")
        if starts(tokens[name:], "note|notes|detail|details") and rest:
            called = rest[0].text == ":" or (len(rest) == 1 and rest[0].kind == "quote")
        if called and rest:
            while rest and rest[0].kind == "mark" and rest[0].text == ":":
                rest = rest[1:]
            quoted = len(rest) == 1 and rest[0].kind == "quote"
            return list(tokens[:place]), rest[0].text if quoted else verbatim(message, rest)
    return tokens, ""
