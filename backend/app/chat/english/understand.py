"""Reads a request about tasks out of an English sentence; anything it is not sure of changes nothing."""

import re
from collections.abc import Sequence

from app.chat.english import lexicon as lex
from app.chat.english.act import Act, read_act, starts
from app.chat.english.adding import make_title, read_adding
from app.chat.english.changing import ASK_WHAT, about, read_changing
from app.chat.english.intents import (
    ASK_COMMAND,
    ASK_IF_TASK,
    ASK_ONE_AT_A_TIME,
    CANNOT_SET,
    NEVER_MIND,
    UNCHANGED,
    Complete,
    Intent,
    Search,
    Show,
    Status,
    Target,
    Unclear,
    Undo,
    Unknown,
)
from app.chat.english.targets import read_target
from app.chat.english.tokens import Token, tokens

SHOW = re.compile(
    r"(?:show|list|display|view|see|read|get|give me|tell me|what|which|how many|do i|have i|am i|"
    r"is there|are there|(?:all )?my|remind me|anything|whats)\b"
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


BARE = lex.PLURAL | lex.STATUS.keys() | {"my", "the", "all", "list"}
"""A request of these words alone is one to list tasks."""
TASK_WORDS = lex.NOUN | {"it", "them", "everything", "all", "that", "this"}
ALSO_DUTIES = (ASK_IF_TASK, ASK_WHAT, CANNOT_SET)
"""What a command would be answered with whose verb means no command in "I have to update my CV"."""


def read(message: str) -> Intent:
    """The one thing that the message asks for."""
    act = read_act(tokens(message))
    match act.kind:
        case "nothing":
            return Unknown()
        case "refusal":
            return Unclear(NEVER_MIND)
        case "question":
            return _shown(act.tokens) or _asked_back(act.tokens)
        case "condition" | "doubt":
            return Unclear(f"I act only on plain requests, without “if” or “maybe”. {UNCHANGED}")
        case "duty":
            return _duty(message, act)
        case "report":
            return about(act.tokens, _finished)
        case "command":
            return _command(message, act)


def read_title(message: str) -> Intent:
    """The answer to the question for a title."""
    act = read_act(tokens(message))
    if act.kind not in ("command", "duty") or not act.tokens or _second_command(act.tokens):
        return Unknown()
    if act.tokens[0].low in lex.AFTERTHOUGHTS:
        return Unknown()
    return make_title(message, act.tokens)


def _command(message: str, act: Act) -> Intent:
    found = act.tokens
    first = found[0].low
    if found[0].kind == "quote":
        return read_changing(message, found) or Unknown(_target_of(found))
    if first in lex.UNDOING:
        return Undo() if all(token.low in lex.UNDONE for token in found[1:]) else Unclear(ASK_WHAT)
    if (searched := _searched(message, found)) is not None:
        return searched
    if first in lex.UNABLE or (first == "make" and starts(found[1:], "it|this")):
        return Unclear(CANNOT_SET)
    makes_urgent = starts(found, "make", "task")
    intent = None if makes_urgent else read_adding(message, act)
    intent = intent or read_changing(message, found)
    if intent is None:
        return _shown(found) or Unknown(_target_of(found))
    if not isinstance(intent, Show | Unclear) and _second_command(found):
        return Unclear(ASK_ONE_AT_A_TIME)
    return intent


def _searched(message: str, found: Sequence[Token]) -> Search | None:
    """As in "search for milk", "find tasks about milk" and "show tasks tagged home"."""
    first, rest = found[0].low, list(found[1:])
    if first not in lex.SEARCHING and not starts(found, "show|list"):
        return None
    searches = first in lex.SEARCHING
    while rest and rest[0].kind == "word" and rest[0].low in {"for", "me", "all", *lex.DETERMINERS}:
        rest = rest[1:]
    priority = ""
    if len(rest) > 2 and rest[0].low in lex.PRIORITIES and starts(rest, "priority", at=1):
        priority, rest = lex.PRIORITIES[rest[0].low], rest[2:]
    named = bool(rest) and rest[0].low in lex.NOUN
    rest = rest[1:] if named else rest
    if priority:
        return Search(priority=priority) if named and not rest else None
    if named and (starts(rest, "tagged") or starts(rest, "with", "tag|tags")):
        tags = [token for token in rest[1 if starts(rest, "tagged") else 2 :] if token.text != "#"]
        return Search(tag=tags[0].low) if len(tags) == 1 and tags[0].kind != "mark" else None
    if named and starts(rest, "about|with|containing|mentioning|for"):
        rest = rest[1:]
    elif not searches or named:
        return None
    words = [token.text for token in rest if token.kind != "mark"]
    return Search(words=" ".join(words)) if words else None


def _duty(message: str, act: Act) -> Intent:
    """A new task, as in "I need to pay bills"; "I need to delete task 3" may be one, or a command."""
    rest = act.tokens
    remembered = read_adding(message, Act("command", rest)) if starts(rest, "remember", "to") else None
    if remembered is not None:
        return remembered
    if shown := _shown(rest):
        return shown
    if not rest or rest[0].kind != "word" or rest[0].low in lex.NOT_DUTIES | lex.PARTINGS - {"go", "run"}:
        return Unknown()
    if rest[0].low in lex.PARTINGS and len(rest) <= 2:
        return Unknown()
    act = Act("command", rest)
    command = read_adding(message, act) or read_changing(message, rest)
    undecided = _names_tasks(rest) or _second_command(rest) or any(token.low == "but" for token in rest)
    if command in (None, *map(Unclear, ALSO_DUTIES)) and not undecided:
        return make_title(message, rest)
    words = message[rest[0].start : rest[-1].end]
    ways = f"Say “add a task: {words}” or “please {words}”."
    return Unclear(f"Is that a new task, or shall I do it now? {ways} {UNCHANGED}")


def _finished(target: Target) -> Intent:
    """A report completes what it certainly means; of other words it may be about anything."""
    if target.named or target.ids:
        return Complete(target)
    return Complete(Target(words=target.words, exact=True)) if target.words else Unclear(ASK_COMMAND)


def _asked_back(found: Sequence[Token]) -> Intent:
    first = found[0].low
    acts = first in lex.COMMANDS | lex.ADDING or any(token.low in lex.COMMANDS for token in found)
    return Unclear(ASK_COMMAND) if acts else Unknown()


def _target_of(found: Sequence[Token]) -> Target | None:
    target = read_target(found)
    return target if isinstance(target, Target) else None


def _shown(found: Sequence[Token]) -> Show | None:
    # A quote is a title, not a word of the question.
    sentence = " ".join("…" if token.kind == "quote" else token.low for token in found[:60])
    words = set(sentence.split())
    if sentence in lex.NOUN | {"list"} or (words <= BARE and words & (lex.PLURAL | lex.STATUS.keys())):
        return Show(_status(sentence))
    if not SHOW.match(sentence) or not ABOUT_TASKS.search(sentence):
        return None
    if any(token.low in lex.DELETING for token in found):
        return None
    return Show(_status(sentence))


def _status(sentence: str) -> Status:
    if PENDING.search(sentence):
        return "pending"
    return "completed" if COMPLETED.search(sentence) else "all"


def _second_command(found: Sequence[Token]) -> bool:
    """Whether another request follows the first, outside of quotes."""
    adding = found[0].low not in lex.COMMANDS - {"add", "create", "remind"}
    parted = joined = False
    for place, token in enumerate(found):
        verb = token.kind == "word" and token.low in lex.COMMANDS | {"don't", "dont"}
        if verb and (parted or joined):
            if parted or not adding or token.low in {"add", "create", "remind"}:
                return True
            if _names_tasks(found[place + 1 :]):
                return True
        if token.kind == "mark":
            parted = token.text in ".;!?\n" or (parted and token.text == ",")
            joined = joined or token.text == ","
        elif token.low in {"then", "also", "please"} and token.kind == "word":
            parted = parted or token.low == "then" or joined
        else:
            parted, joined = False, token.kind == "word" and token.low in {"and", "but"}
    return False


def _names_tasks(found: Sequence[Token]) -> bool:
    return any(
        (token.kind == "number" and place < 2) or token.text == "#" or token.low in TASK_WORDS
        for place, token in enumerate(found[:8])
    )
