"""What kind of speech a message is: only a command, or what stands for one, may change anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.chat.english import lexicon as lex
from app.chat.english.tokens import Token

Kind = Literal["command", "question", "refusal", "condition", "doubt", "duty", "wish", "report", "nothing"]
"""`duty` is "I have to …", `report` "I have finished …"; their tokens are what follows. `wish` is "I want to
finish …", with the verb."""
CROSSES = "❌✖🚫⛔🙅"
VARIATION = "\N{VARIATION SELECTOR-16}"
"""What makes an emoji of the sign before it."""


@dataclass(frozen=True)
class Act:
    kind: Kind
    tokens: tuple[Token, ...]
    ending: str = ""
    """The marks that closed the sentence; none of what is asked for as in "could you …?"."""
    asked: bool = False
    """Whether it asks for it, as in "could you …?"."""


def read_act(message: Sequence[Token]) -> Act:
    asks_for_it = any(token.kind == "word" and token.low in lex.PLEASE | {"kindly"} for token in message)
    tokens, ending = _without_ending(list(message))
    tokens, asked_politely, wished = _without_greeting(tokens, asks_for_it=asks_for_it)
    if not tokens:
        return Act("nothing", ())
    kind, start = _kind(tokens, "?" in ending and not asked_politely)
    if kind in ("command", "duty", "report") and _is_crossed_out(tokens):
        kind = "doubt"
    if kind == "command" and wished and tokens[0].low in lex.FINISHING:
        kind = "wish"
    return Act(kind, tuple(tokens[start:]), "" if asked_politely else ending, asked_politely)


def starts(tokens: Sequence[Token], *phrase: str, at: int = 0) -> bool:
    """Whether these words stand from `at` on; alternatives of one are parted by a bar."""
    pairs = zip(tokens[at : at + len(phrase)], phrase, strict=False)
    return len(tokens) >= at + len(phrase) and all(
        token.kind == "word" and token.low in words.split("|") for token, words in pairs
    )


def _kind(tokens: Sequence[Token], asked: bool) -> tuple[Kind, int]:
    first = tokens[0].low
    # "Don't forget to …" and "I must not forget to …" are duties, not refusals.
    for forget in (("don't|dont",), ("do", "not"), ("never",), ("i", "must", "not"), ("i", "mustn't")):
        for let in ((), ("let", "me")):
            if starts(tokens, *forget, *let, "forget", "to|about|the|my"):
                return "question" if asked else "command", len(forget) + len(let)
    if starts(tokens, "do", "not") or first in lex.NEGATIONS | {"forget"}:
        return "refusal", 0
    asks_when = starts(tokens, "when", "is|are|was|were|do|does|did|will|can|should|must")
    if first in lex.CONDITIONS and tokens[0].kind == "word" and not asks_when:
        return "condition", 0
    if asks_when or first in lex.INTERROGATIVES or (asked and not _announces_a_title(tokens)):
        return "question", 0
    if first in lex.HEDGES:
        return "doubt", 0
    if duty := _duty(tokens):
        return "duty", duty
    if report := _report(tokens):
        return "report", report
    return "command", 0


def _is_crossed_out(tokens: Sequence[Token]) -> bool:
    """Whether it ends in a ❌ or the like, which may mean that it is not to be done."""
    last = [token for token in tokens if token.text != VARIATION][-1:]
    return bool(last) and last[0].kind == "mark" and last[0].text in CROSSES


def _announces_a_title(tokens: Sequence[Token]) -> bool:
    """Whether a question is the title: "Add a task: …?" asks nothing."""
    adds = tokens[0].low in lex.ADDING | lex.NOUN | {"new"}
    return adds and any(token.text == ":" for token in tokens[:6])


def _duty(tokens: Sequence[Token]) -> int:
    for phrase in (
        ("i", "need|have|ought|got", "to"),
        ("i've|ive|i", "got|have", "to"),
        ("i", "have", "got", "to"),
        ("i", "must|gotta"),
    ):
        if starts(tokens, *phrase):
            return len(phrase)
    return 0


def _report(tokens: Sequence[Token]) -> int:
    place = 1 if starts(tokens, "i|i've|ive|i'm|im") else 0
    if not place:
        return 0
    place += starts(tokens, "have|am", at=place)
    place += starts(tokens, "just|already|now", at=place)
    if not starts(tokens, "finished|completed|done", at=place):
        return 0
    place += 1
    return place + starts(tokens, "with", at=place)


def _without_ending(tokens: list[Token]) -> tuple[list[Token], str]:
    ending = ""
    while tokens:
        last = tokens[-1]
        if last.kind == "mark" and last.text in ".!?,;…\n":
            ending = last.text + ending
            tokens.pop()
        elif thanks := _thanks(tokens):
            ending = "?" if "?" in ending else ""
            tokens = tokens[:-thanks]
        else:
            break
    return tokens, ending


def _thanks(tokens: Sequence[Token]) -> int:
    """How many words of thanks stand at the end, behind others."""
    for degree in ((), ("so|very", "much"), ("a", "lot|bunch|million")):
        for thanks in (("thank", "you|u"), ("|".join(lex.THANKS),)):
            length = len(thanks) + len(degree)
            if len(tokens) > length and starts(tokens[-length:], *thanks, *degree):
                return length
    return 0


def _without_greeting(tokens: list[Token], *, asks_for_it: bool) -> tuple[list[Token], bool, bool]:
    """What follows, whether it is asked for ("could you …"), and whether it is a wish ("I want to …").

    "Will you …?" is a request only with a "please".
    """
    polite = "can|could|would|will" if asks_for_it else "can|could|would"
    asked_politely = wishes = False
    place = 0
    while place < len(tokens):
        rest = tokens[place : place + 6]
        greets = rest[0].kind == "word" and rest[0].low in lex.GREETINGS and len(tokens) - place > 1
        if greets or (place and rest[0].kind == "mark" and rest[0].text in ",.!:;\n-–…"):
            place += 1
        elif starts(rest, polite, "you|u") and len(tokens) - place > 2:
            asked_politely = True
            place += 2
        elif starts(rest, "let's") and len(rest) > 1:
            place, wishes = place + 1, True
        elif starts(rest, "go", "ahead") and len(tokens) - place > 2:
            place += 2
        elif wish := _wish(rest):
            place, wishes = place + wish, not any(token.low in {"you", "u"} for token in rest[:wish])
        else:
            break
    return tokens[place:], asked_politely, wishes


def _wish(tokens: Sequence[Token]) -> int:
    for phrase in (
        ("i'd", "like", "to"),
        ("i'd", "like", "you|u", "to"),
        ("i", "would", "like", "to"),
        ("i", "would", "like", "you|u", "to"),
        ("i", "want|need", "you|u", "to"),
        ("i", "want", "to"),
    ):
        if starts(tokens, *phrase) and len(tokens) > len(phrase):
            return len(phrase)
    return 0
