"""The frames that list all tasks, those of a status, and those of some numbers."""

import re
from collections.abc import Sequence
from itertools import takewhile

from app.chat.english import lexicon as lex
from app.chat.english.intents import ASK_FILTER, Show, Status, Target, Unclear
from app.chat.english.targets import read_target
from app.chat.english.tokens import Token

SHOW = re.compile(
    r"(?:show|list|display|view|see|read|get(?!.* (?:done|finished|completed)$)|give me|tell me|what|"
    r"which|how many|do i|have i|am i|is there|are there|(?:all )?my|remind me|anything|whats|when)\b"
)
ABOUT_TASKS = re.compile(
    r"\b(?:tasks?|to-?dos?|items?|reminders?|list|everything|plate|should i do|to (?:be|do)|do i do|"
    r"needs? doing|(?:i|to) finish|completed?|done|finished|incomplete|uncompleted|unfinished|undone|pending|"
    r"open|left|remaining|remains|outstanding)\b"
)
OF_STATUS = re.compile(
    r"\b(?:(?P<negation>not|(?:is|are|was|were|have|has|had|do|does|did)n'?t|no longer|but|except(?: for)?|"
    r"excluding|without|other than|besides|apart from)|"
    r"(?P<duty>to (?:be|do|get|finish|complete)|(?:needs?|has|have) to|needs? doing|on my plate|do i do|"
    r"(?:must|should|shall|can|could|will) (?:i|we|be))|"
    r"(?P<pending>incomplete|uncompleted|unfinished|undone|pending|open|active|left|remaining|remains|outstanding)|"
    r"(?P<completed>completed?|finish(?:ed)?|done|closed)|"
    r"(?P<part>,|and|only))\b(?! list)"
)
RANGE = {"to", "through", "thru", "until", "till", "or", "-", "–", "—"}
"""What stands between two numbers that are not all that is meant, or not both."""
LISTING = lex.NUMBER_WORDS.keys() | lex.NOUN | RANGE | {"#", ",", "and", "number"}
"""What stands between the numbers of tasks, and their names."""
BARE = lex.PLURAL | lex.STATUS.keys() | {"my", "the", "all", "list"}
"""A request of these words alone is one to list tasks."""
PLAIN = (
    BARE
    | lex.SINGULAR
    | lex.words(
        "a an and any anything else everything our some that those these which what what's whats who when "
        "how many me i i've i'd we us it them one ones there there's is are am was were be been do does "
        "did have has had got show display view see read get give tell remind know look want need needs "
        "would like should must shall can could will not isn't aren't wasn't weren't haven't hasn't "
        "hadn't don't doesn't didn't isnt arent havent didnt no longer but except excluding without other "
        "than besides apart from for about to of on in at up only just yet now still again currently "
        "right so far already exactly also first next please plate doing finish active closed left "
        "remains every each single both latest newest recent or ,"
    )
)
"""What says no more of the tasks than their status; of any other word it is not clear which ones it means."""
_NOUN, _SINGULAR = ("|".join(sorted(nouns)) for nouns in (lex.NOUN, lex.SINGULAR))
_PICKED = r"(?:first|next|latest|newest|recent|this|that|these|those|both|(?<!every )(?<!each )single)"
OF_SOME = re.compile(rf"\b(?:{_PICKED} (?:{_NOUN})|(?:{_SINGULAR}) is (?:my )?{_PICKED})\b")
"""What picks some of the tasks, so that all of them are a wrong answer."""
OF_OTHER = re.compile(r"^(?:see|read|view|get|remind|my)\b|\b(?:you|u|your)\b")
"""With another word these ask for no tasks: "get the report done", "what can you do with my list"."""


def read_showing(found: Sequence[Token]) -> Show | Unclear | None:
    """None where the tokens ask for no list; a question where they ask for one that is not understood."""
    # A quote is a title, not a word of the question.
    sentence = " ".join("…" if token.kind == "quote" else token.low for token in found[:60])
    words = set(sentence.split())
    if sentence in lex.NOUN | {"list", "list all", "show all", "show me all"} or (
        words <= BARE and words & (lex.PLURAL | lex.STATUS.keys())
    ):
        return _of_status(found)
    if not SHOW.match(sentence) or not ABOUT_TASKS.search(sentence):
        return None
    if any(token.low in lex.DELETING for token in found) or re.search(r"\bhow (?!many)", sentence):
        return None
    if (numbered := _numbered(found)) is not None:
        return numbered
    if is_plain(found) and not OF_SOME.search(sentence):
        return _of_status(found)
    return None if OF_OTHER.search(sentence) else Unclear(ASK_FILTER)


def is_plain(found: Sequence[Token]) -> bool:
    return all(token.low in PLAIN and token.kind in ("word", "mark") for token in found)


def read_status(found: Sequence[Token]) -> Status | None:
    """None where it is not clear what is not meant."""
    seen = set[Status]()
    negated = is_used = False
    for word in OF_STATUS.finditer(" ".join(token.low for token in found)):
        match word.lastgroup:
            case "negation":
                negated, is_used = True, False
            case "part":
                negated &= not is_used
            case "duty":
                seen.add("pending")
                if len(seen) == 1:
                    return None if negated else "pending"
            case name:
                is_used = negated
                seen.add("pending" if (name == "pending") != negated else "completed")
    if negated and not is_used:
        return None
    return seen.pop() if len(seen) == 1 else "all"


def _of_status(found: Sequence[Token]) -> Show | Unclear:
    status = read_status(found)
    return Unclear(ASK_FILTER) if status is None else Show(status)


def _numbered(found: Sequence[Token]) -> Show | Unclear | None:
    """Those of "task 1", "task #2" and "tasks 1, 2 and 5"; a question where it is "tasks 1 to 5"."""
    place = next((n for n, token in enumerate(found) if token.low in lex.NOUN), len(found))
    behind = list(takewhile(lambda token: token.kind == "number" or token.low in LISTING, found[place + 1 :]))
    while behind and behind[-1].kind != "number" and behind[-1].low not in lex.NUMBER_WORDS:
        behind.pop()
    target = read_target((*found[place : place + 1], *behind))
    if isinstance(target, Target):
        return Show("all", target.ids) if target.ids else None
    return Unclear(ASK_FILTER) if behind else None
