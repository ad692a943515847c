"""The frames that change tasks which exist: complete, delete, rename, describe."""

from collections.abc import Callable, Sequence

from app.chat.english import lexicon as lex
from app.chat.english.act import starts
from app.chat.english.intents import (
    ASK_IF_TASK,
    ASK_QUOTES,
    ASK_RESTORED,
    ASK_WHICH,
    CANNOT_SET,
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
from app.chat.english.targets import read_target
from app.chat.english.tokens import Token

ASK_WHAT = f"What should be changed? Say “rename task 3 to …”. {UNCHANGED}"


def read_changing(message: str, tokens: Sequence[Token]) -> Intent | None:
    """None where the tokens are no such command."""
    for read in (
        _describing,
        _prioritizing,
        _tagging,
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


def about(phrase: Sequence[Token], intent: Callable[[Target], Intent]) -> Intent:
    """The intent on what the phrase means, or the question that the phrase leads to."""
    target = read_target(phrase)
    return target if isinstance(target, Unclear) else intent(target)


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
    if priority := _priority(tokens):
        return lambda phrase: about(phrase, _with_priority(priority))
    return None


def _priority(tokens: Sequence[Token]) -> str | None:
    """As in "high priority" and "very urgent"."""
    words = [token.low for token in tokens if token.kind == "word"]
    levels = {lex.PRIORITIES[word] for word in words if word in lex.PRIORITIES}
    plain = len(words) == len(tokens) and lex.HOW_URGENT.issuperset(words)
    return levels.pop() if plain and len(levels) == 1 else None


def _prioritizing(_message: str, tokens: Sequence[Token]) -> Intent | None:
    """As in "set the priority of task 2 to high" and "make task 2 urgent"."""
    rest = tokens[2:] if starts(tokens[1:], "the") else tokens[1:]
    if tokens[0].low in lex.CHANGING and starts(rest, "priority|prio", "of|for"):
        split = _split(rest[2:])
        priority = _priority(split[1]) if split else None
        if split is None or priority is None:
            return Unclear(CANNOT_SET)
        return about(split[0], _with_priority(priority))
    if not starts(tokens, "make", "task"):
        return None
    for place in range(3, len(tokens)):
        if priority := _priority(tokens[place:]):
            return about(tokens[1:place], _with_priority(priority))
    return Unclear(CANNOT_SET)


def _with_priority(priority: str) -> Callable[[Target], Intent]:
    return lambda target: Update(target, priority=priority)


def _tagging(_message: str, tokens: Sequence[Token]) -> Intent | None:
    """As in "tag task 1 with home and garden" and "tag task 1 as #home"."""
    if tokens[0].low not in lex.TAGGING or tokens[0].kind != "word":
        return None
    for place in range(2, len(tokens) - 1):
        if not starts(tokens, "with|as", at=place):
            continue
        tags = [token for token in tokens[place + 1 :] if token.text not in {"#", ","} and token.low != "and"]
        if not tags or any(token.kind == "mark" or len(token.text.split()) != 1 for token in tags):
            return Unclear(CANNOT_SET)
        return about(tokens[1:place], _with_tags(tuple(dict.fromkeys(token.low for token in tags))))
    return Unclear(CANNOT_SET)


def _with_tags(tags: tuple[str, ...]) -> Callable[[Target], Intent]:
    return lambda target: Update(target, more_tags=tags)


def _reopening(_message: str, tokens: Sequence[Token]) -> Intent | None:
    if tokens[0].low in lex.REOPENING:
        return about(tokens[1:], Reopen)
    if tokens[0].low not in lex.RESTORING:
        return None
    target = read_target(tokens[1:])
    return Restore(target) if isinstance(target, Target) and target.ids else Unclear(ASK_RESTORED)


def _deleting(_message: str, tokens: Sequence[Token]) -> Intent | None:
    if tokens[0].low in lex.DELETING:
        return about(tokens[1:], Delete)
    if starts(tokens, "get", "rid", "of"):
        return about(tokens[3:], Delete)
    return None


def _ambiguous(_message: str, tokens: Sequence[Token]) -> Intent | None:
    """Verbs that titles begin with, too: they count where what follows cannot be a title."""
    kind = lex.AMBIGUOUS.get(tokens[0].low)
    if kind is None or tokens[0].kind != "word":
        return None
    target = read_target(tokens[1:])
    if isinstance(target, Unclear):
        return target
    if not (target.named or target.ids):
        return Unclear(ASK_IF_TASK)
    return Complete(target) if kind == "complete" else Delete(target)


def _describing(message: str, tokens: Sequence[Token]) -> Intent | None:
    rest = tokens[2:] if starts(tokens[1:], "the") else tokens[1:]
    described = starts(rest, "description|note|notes|detail|details", "of|for|on")
    if tokens[0].low not in lex.CHANGING or not described:
        return None
    split = _split(rest[2:])
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
    split = _split(rest)
    if split is None:
        return Unclear(ASK_WHAT)
    phrase, text = split
    quoted = len(text) == 1 and text[0].kind == "quote"
    if not quoted and (state := _state(text)) and not retitling:
        return state(phrase)
    words = [token.low for token in text]
    if not quoted and all(word in lex.WHEN | lex.HOW_URGENT for word in words):
        return Unclear(CANNOT_SET)
    if (first == "edit" and not quoted) or _is_open_ended(text):
        return Unclear(ASK_QUOTES)
    title = _text(message, text)

    def rename(target: Target) -> Change | Unclear:
        certain = target.named or bool(target.ids)
        if not certain and (not retitling or (not quoted and _tos(text))):
            return Unclear(ASK_QUOTES)
        return Update(target, title=title)

    return about(phrase, rename)


def _is_done(_message: str, tokens: Sequence[Token]) -> Intent | None:
    """As in "task 4 is done"."""
    rest = tokens[:-1] if tokens[-1].low in lex.DONE else ()
    if rest and rest[-1].low == "now":
        rest = rest[:-1]
    if len(rest) < 2 or rest[-1].low != "is":
        return None
    target = read_target(rest[:-1])
    return Complete(target) if isinstance(target, Target) and target.named else Unclear(ASK_WHICH)


def _split(tokens: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token]] | None:
    """What stands before and after "to": before a quote that ends the sentence, else the first."""
    places = [place for place in _tos(tokens) if 0 < place < len(tokens) - 1]
    if not places:
        return None
    place = places[-1] if places[-1] == len(tokens) - 2 and tokens[-1].kind == "quote" else places[0]
    text = tokens[place + 1 :]
    if all(token.kind == "mark" for token in text):
        return None
    return tokens[:place], text[1:] if text[0].text == ":" and len(text) > 1 else text


def _tos(tokens: Sequence[Token]) -> list[int]:
    return [place for place in range(len(tokens)) if starts(tokens, "to|into", at=place)]


def _is_open_ended(text: Sequence[Token]) -> bool:
    """Whether more follows than the new words: something after their quotes, a condition, a doubt."""
    if len(text) == 1 and text[0].kind == "quote":
        return False
    words = {token.low for token in text if token.kind == "word"}
    return text[0].kind == "quote" or not words.isdisjoint(lex.TAKEN_BACK)


def _text(message: str, tokens: Sequence[Token]) -> str:
    if len(tokens) == 1 and tokens[0].kind == "quote":
        return tokens[0].text
    return message[tokens[0].start : tokens[-1].end]
