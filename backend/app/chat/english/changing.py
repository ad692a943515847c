"""The frames that change tasks which exist: complete, delete, rename, describe."""

from collections.abc import Callable, Sequence

from app.chat.english import lexicon as lex
from app.chat.english.act import starts
from app.chat.english.fields import DATE_WORDS
from app.chat.english.intents import (
    ASK_IF_TASK,
    ASK_QUOTES,
    ASK_RESTORED,
    ASK_WHICH,
    CANNOT_SET,
    NOT_A_TASK,
    UNCHANGED,
    Change,
    Complete,
    Delete,
    Intent,
    Reopen,
    Restore,
    Target,
    Unclear,
    Update,
)
from app.chat.english.qualities import prioritizing, read_priority, tagging, with_priority
from app.chat.english.targets import about, places_of_to, read_target, split_at_to
from app.chat.english.titles import takes_back
from app.chat.english.tokens import Token

WHEN_OR_HOW_URGENT = DATE_WORDS | lex.WHEN | lex.HOW_URGENT | lex.COMPARED | lex.NUMBER_WORDS.keys()
ASK_WHAT = f"What should be changed? Say “rename task 3 to …”. {UNCHANGED}"


def read_changing(message: str, tokens: Sequence[Token]) -> Intent | None:
    """None where the tokens are no such command."""
    for read in (
        _describing,
        prioritizing,
        tagging,
        _completing,
        _reopening,
        _deleting,
        _ambiguous,
        _renaming,
        _is_done,
    ):
        if (found := read(message, tokens)) is not None:
            return found
    return None


def _completing(_message: str, tokens: Sequence[Token]) -> Intent | None:
    first = tokens[0].low
    if first in lex.COMPLETING:
        return about(tokens[1:], Complete)
    if first not in lex.MARKING:
        return None
    if starts(tokens, "tick|check|cross|mark", "off"):
        return about(tokens[2:], Complete)
    if starts(tokens, "tick|check|cross") and tokens[-1].low == "off":
        return about(tokens[1:-1], Complete)
    return _marked(tokens)


def _marked(tokens: Sequence[Token]) -> Intent | None:
    """As in "mark … as done" and "set … to done"."""
    for place in range(len(tokens) - 1, 1, -1):
        if not starts(tokens, "as|to", at=place):
            continue
        if len(tokens) - place < 5 and (state := _state(tokens[place + 1 :])):
            return state(tokens[1:place])
    if tokens[-1].low in lex.DONE and len(tokens) > 2 and tokens[-2].low not in {"not", "as", "to"}:
        return about(tokens[1:-1], Complete)
    if len(tokens) > 2 and tokens[-1].low in lex.OPEN - {"not"} and tokens[-2].low not in {"as", "to"}:
        return about(tokens[1:-1], Reopen)
    return Unclear(CANNOT_SET) if starts(tokens, "mark|set") else None


def _state(tokens: Sequence[Token]) -> Callable[[Sequence[Token]], Intent] | None:
    words = [token.low for token in tokens]
    if any(token.kind != "word" for token in tokens):
        return None
    if len(words) == 1 and words[0] in lex.DONE:
        return lambda phrase: about(phrase, Complete)
    if words[:1] == ["not"] and len(words) == 2 and words[1] in lex.DONE:
        return lambda phrase: about(phrase, Reopen)
    if len(words) == 1 and words[0] in lex.OPEN - {"not"}:
        return lambda phrase: about(phrase, Reopen)
    if priority := read_priority(tokens):
        return lambda phrase: about(phrase, with_priority(priority))
    return None


def _reopening(_message: str, tokens: Sequence[Token]) -> Intent | None:
    if tokens[0].low in lex.REOPENING:
        return about(tokens[1:], Reopen)
    if tokens[0].low not in lex.RESTORING:
        return None
    target = read_target(tokens[1:])
    return Restore(target) if isinstance(target, Target) and target.ids else Unclear(ASK_RESTORED)


def _deleting(_message: str, tokens: Sequence[Token]) -> Intent | None:
    is_riddance = starts(tokens, "get", "rid", "of")
    if tokens[0].low not in lex.DELETING and not is_riddance:
        return None
    phrase = tokens[3 if is_riddance else 1 :]
    return about(phrase, lambda target: Unclear(NOT_A_TASK) if _is_no_task(target) else Delete(target))


def _is_no_task(target: Target) -> bool:
    """Whether it is "my account" or "this chat"."""
    return target.words.lower() in lex.NOT_TASKS and not target.named


def _ambiguous(_message: str, tokens: Sequence[Token]) -> Intent | None:
    """Verbs that titles begin with, too: they count where what follows cannot be a title."""
    kind = lex.AMBIGUOUS.get(tokens[0].low)
    if kind is None or tokens[0].kind != "word":
        return None
    target = read_target(tokens[1:])
    if isinstance(target, Unclear):
        return target
    # "Cancel that" may as well take back what was done.
    if target.latest or not (target.named or target.ids):
        return Unclear(ASK_IF_TASK)
    return Complete(target) if kind == "complete" else Delete(target)


def _describing(message: str, tokens: Sequence[Token]) -> Intent | None:
    rest = tokens[2:] if starts(tokens[1:], "the") else tokens[1:]
    described = starts(rest, "description|note|notes|detail|details", "of|for|on")
    if tokens[0].low not in lex.CHANGING or not described:
        return None
    split = split_at_to(rest[2:])
    if split is None:
        return Unclear(ASK_WHAT)
    phrase, text = split
    if _is_open_ended(text):
        return Unclear(ASK_QUOTES)
    description = _text(message, text)
    return about(phrase, lambda target: Update(target, description=description))


def _renaming(message: str, tokens: Sequence[Token]) -> Intent | None:
    first = tokens[0].low
    if first not in lex.RENAMING | lex.CHANGING:
        return None
    rest = tokens[2:] if starts(tokens[1:], "the") else tokens[1:]
    retitling = first in lex.RENAMING
    if starts(rest, "title|name", "of"):
        rest, retitling = rest[2:], True
    else:
        rest = tokens[1:]
    split = split_at_to(rest)
    if split is None:
        return Unclear(ASK_WHAT)
    phrase, text = split
    quoted = len(text) == 1 and text[0].kind == "quote"
    if not quoted and (state := _state(text)) and not retitling:
        return state(phrase)
    if not quoted and not retitling and text[0].low in lex.DONE | lex.OPEN | lex.PRIORITIES.keys():
        return Unclear(ASK_QUOTES)
    if not quoted and not retitling and _is_no_title(text):
        return Unclear(CANNOT_SET)
    if not quoted and not retitling and text[0].low in lex.STATES | lex.VAGUE:
        return Unclear(CANNOT_SET if text[0].low in lex.STATES else ASK_QUOTES)
    if (first == "edit" and not quoted) or _is_open_ended(text):
        return Unclear(ASK_QUOTES)
    title = _text(message, text)

    def rename(target: Target) -> Change | Unclear:
        if _is_no_task(target):
            return Unclear(NOT_A_TASK)
        certain = target.named or bool(target.ids)
        if not certain and (not retitling or (not quoted and places_of_to(text))):
            return Unclear(ASK_QUOTES)
        return Update(target, title=title)

    return about(phrase, rename)


def _is_no_title(text: Sequence[Token]) -> bool:
    """Whether it is a date, a priority or a tag. Numbers belong to dates: "dec 24", "5pm", "2026-12-24"."""
    if text[0].text == "#" or starts(text, "tag|tags|label|tagged"):
        return True
    return all(
        token.kind != "word" or token.low in WHEN_OR_HOW_URGENT or token.text[0].isdecimal() for token in text
    )


def _is_done(_message: str, tokens: Sequence[Token]) -> Intent | None:
    """As in "task 4 is done", and by number "task 4 done" and "tasks 3 and 4 are done"."""
    rest = tokens[:-1] if tokens[-1].low in lex.DONE else ()
    if rest and rest[-1].low == "now":
        rest = rest[:-1]
    is_one = len(rest) > 1 and rest[-1].low == "is"
    target = read_target(rest[:-1] if is_one or starts(rest[-1:], "are") else rest)
    if isinstance(target, Target):
        by_number = bool(target.ids) and tokens[0].low in lex.NOUN
        if by_number or (is_one and target.named and not target.latest):
            return Complete(target)
    return Unclear(ASK_WHICH) if is_one else None


def _is_open_ended(text: Sequence[Token]) -> bool:
    """Whether more follows than the new words: something after their quotes, a condition, a doubt."""
    if len(text) == 1 and text[0].kind == "quote":
        return False
    words = {token.low for token in text if token.kind == "word"}
    return text[0].kind == "quote" or not words.isdisjoint(lex.TAKEN_BACK) or takes_back(text)


def _text(message: str, tokens: Sequence[Token]) -> str:
    if len(tokens) == 1 and tokens[0].kind == "quote":
        return tokens[0].text
    return message[tokens[0].start : tokens[-1].end]
