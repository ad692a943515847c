"""Whether a sentence asks for more than one thing."""

from collections.abc import Sequence

from app.chat.english import lexicon as lex
from app.chat.english.act import starts
from app.chat.english.tokens import Token

TASK_WORDS = lex.NOUN | {"it", "them", "everything", "all", "that", "this"}


def has_second(found: Sequence[Token]) -> bool:
    """Whether another request follows the first, outside of quotes."""
    adding = found[0].low not in lex.COMMANDS - {"add", "create", "remind"}
    parted = joined = False
    for place, token in enumerate(found):
        verb = token.kind == "word" and token.low in lex.COMMANDS | {"don't", "dont"}
        if joined and token.low in {"what's", "whats"}:
            return True
        if (parted or joined) and _sets_or_adds(found[place : place + 5]):
            return True
        if verb and (parted or joined):
            if parted or not adding or token.low in {"add", "create", "remind"}:
                return True
            if names_tasks(found[place + 1 :]):
                return True
        if token.kind == "mark":
            parted = token.text in ".;!?\n" or (parted and token.text == ",")
            joined = joined or token.text == ","
        elif token.low in lex.PLEASE | {"then", "also"} and token.kind == "word":
            parted = parted or token.low == "then" or joined
        else:
            parted, joined = False, token.kind == "word" and token.low in {"and", "but"}
    return False


def goes_on(found: Sequence[Token]) -> bool:
    """Whether more follows a question, as in "can you add milk? I need it"."""
    pairs = zip(found, found[1:], strict=False)
    return any(
        token.text == "?" and token.kind == "mark" and token.end < after.start for token, after in pairs
    )


def _sets_or_adds(found: Sequence[Token]) -> bool:
    """As in "make it urgent", "set the due date to friday" and "a task to call mom", behind an "and"."""
    if starts(found, "a|another", "|".join(sorted(lex.SINGULAR | {"one"})), "to|called|named|titled"):
        return True
    if not found or found[0].kind != "word" or found[0].low not in lex.SETTING:
        return False
    rest = found[2:] if starts(found[1:], "the|its|their") else found[1:]
    is_field = len(rest) > 1 and rest[0].low in lex.SETTABLE
    is_task = len(rest) > 1 and rest[0].low in lex.NOUN and (rest[1].kind == "number" or rest[1].text == "#")
    return is_field or is_task or starts(rest, "it|that|this|them|these|those")


def names_tasks(found: Sequence[Token]) -> bool:
    return any(
        (token.kind == "number" and place < 2) or token.text == "#" or token.low in TASK_WORDS
        for place, token in enumerate(found[:8])
    )
