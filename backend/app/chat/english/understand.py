"""Reads a request about tasks out of an English sentence; anything it is not sure of changes nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.chat.english import lexicon as lex
from app.chat.english.act import Act, read_act, starts
from app.chat.english.adding import read_adding
from app.chat.english.changing import ASK_WHAT, read_changing
from app.chat.english.dates import TOKENS_MAX, read_when
from app.chat.english.fields import read_fields
from app.chat.english.intents import (
    ASK_ALL_AT_ONCE,
    ASK_COMMAND,
    ASK_IF_TASK,
    ASK_ONE_AT_A_TIME,
    ASK_TITLE,
    ASK_WHEN,
    ASK_WHICH,
    ASK_WHOSE_DATE,
    CANNOT_SET,
    NEVER_MIND,
    UNCHANGED,
    Add,
    Complete,
    Intent,
    Show,
    Target,
    Unclear,
    Undo,
    Unknown,
)
from app.chat.english.qualities import adding_to_task, making_urgent
from app.chat.english.scheduling import read_scheduling
from app.chat.english.searching import read_search
from app.chat.english.second import goes_on, has_second, names_tasks
from app.chat.english.showing import read_showing
from app.chat.english.targets import about, read_target
from app.chat.english.titles import ASK_DESCRIPTION, make_title
from app.chat.english.tokens import Token, tokens

ALSO_DUTIES = (ASK_IF_TASK, ASK_WHAT, ASK_WHEN, ASK_WHOSE_DATE, CANNOT_SET)
"""What a command would be answered with whose verb means no command in "I have to update my CV"."""


def read(message: str, now: datetime) -> Intent:
    """The one thing that the message asks for; `now` is what its dates count from, in the user's zone."""
    act = read_act(tokens(message))
    if (reminder := _dated_reminder(message, act, now)) is not None:
        return reminder
    intent = _of_kind(message, act, now)
    is_one = isinstance(intent, Add) and len(intent.titles) == 1 and not intent.description
    is_followed = intent == Unclear(ASK_DESCRIPTION)
    return _with_fields(message, act, intent, now) if is_one or is_followed else intent


def _of_kind(message: str, act: Act, now: datetime) -> Intent:
    match act.kind:
        case "nothing":
            return Unknown()
        case "refusal":
            return Unclear(NEVER_MIND)
        case "question":
            return read_search(act.tokens, now) or read_showing(act.tokens) or _asked_back(act.tokens)
        case "condition" | "doubt":
            return Unclear(f"I act only on plain requests, without “if”, “maybe” or ❌. {UNCHANGED}")
        case "duty":
            return _duty(message, act, now)
        case "report":
            return about(act.tokens, _finished)
        case "wish":
            return _wished(message, act, now)
        case "command":
            return _command(message, act, now)


def _with_fields(message: str, act: Act, intent: Intent, now: datetime) -> Intent:
    """The addition with what stands behind its title, where that is certain; else with the whole as title."""
    rest, fields = read_fields(act.tokens, now)
    # "called …" says what the title is, and these endings belong to it.
    is_whole = _is_called(act.tokens) or "?" in act.ending or act.ending.startswith("..")
    if is_whole or len(rest) == len(act.tokens):
        return intent
    shorter = _of_kind(message, replace(act, tokens=tuple(rest)), now)
    if not isinstance(shorter, Add):
        return Unclear(ASK_ALL_AT_ONCE) if shorter == Unclear(ASK_TITLE) else intent
    if not all(fields.may_follow(title) for title in shorter.titles):
        return intent
    due_at = fields.due.moment(now).isoformat() if fields.due else ""
    return replace(shorter, due_at=due_at, priority=fields.priority or shorter.priority, tags=fields.tags)


def _is_called(found: Sequence[Token]) -> bool:
    pairs = zip(found[:8], found[1:9], strict=False)
    return any(token.low in lex.NAMING and after.kind != "quote" for token, after in pairs)


def _dated_reminder(message: str, act: Act, now: datetime) -> Intent | None:
    """As in "remind me on Friday to stretch"."""
    if act.kind != "command" or not starts(act.tokens, "remind", "me"):
        return None
    for place in range(3, min(len(act.tokens), TOKENS_MAX)):
        if not starts(act.tokens, "to", at=place):
            continue
        phrase = act.tokens[3 if starts(act.tokens, "on|at", at=2) else 2 : place]
        if (when := read_when(phrase, now)) is None:
            return None
        intent = _of_kind(message, replace(act, tokens=(*act.tokens[:2], *act.tokens[place:])), now)
        return replace(intent, due_at=when.moment(now).isoformat()) if isinstance(intent, Add) else None
    return None


def read_title(message: str) -> Intent:
    """The answer to the question for a title."""
    act = read_act(tokens(message))
    if act.kind not in ("command", "duty") or not act.tokens or has_second(act.tokens):
        return Unknown()
    if _is_afterthought(act.tokens):
        return Unknown()
    for words in (("to",), ("call", "it")):
        if starts(act.tokens, *words) and len(act.tokens) > len(words):
            return make_title(message, act.tokens[len(words) :])
    return make_title(message, act.tokens)


def read_choice(message: str) -> Target | None:
    """The answer to the question which task is meant."""
    act = read_act(tokens(message))
    if act.kind != "command" or act.tokens[0].low in lex.GREETINGS or _is_afterthought(act.tokens):
        return None
    return _target_of(act.tokens)


def _is_afterthought(found: Sequence[Token]) -> bool:
    """Whether it is no answer to the question for a title: "let me think", "hmmm"."""
    first = found[0].low
    if first in lex.AFTERTHOUGHTS or set(first) == {"h", "m"}:
        return True
    gives_up = len(found) == 1 and first in lex.GIVING_UP
    waits = len(found) < 5 and found[-1].low in lex.MOMENTS
    return gives_up or waits or any(starts(found, *phrase) for phrase in lex.PUTTING_OFF)


def _command(message: str, act: Act, now: datetime) -> Intent:
    found = act.tokens
    first = found[0].low
    if found[0].kind == "quote":
        return read_changing(message, found) or Unknown(_target_of(found))
    if first in lex.UNDOING:
        rest = {token.low for token in found[1:]}
        return Undo("deletion" in rest) if rest <= lex.UNDONE else Unclear(ASK_WHAT)
    if (searched := read_search(found, now)) is not None:
        return searched
    if (scheduled := read_scheduling(found, now)) is not None:
        return scheduled
    if first in lex.UNABLE:
        return Unclear(CANNOT_SET)
    intent = adding_to_task(found) or making_urgent(found) or read_adding(message, act)
    intent = intent or read_changing(message, found)
    if intent is None:
        return read_showing(found) or Unknown(_target_of(found))
    more = has_second(found) or (act.asked and goes_on(found))
    if not isinstance(intent, Show | Unclear) and more:
        return Unclear(ASK_ONE_AT_A_TIME)
    return intent


def _duty(message: str, act: Act, now: datetime) -> Intent:
    """A new task, as in "I need to pay bills"; "I need to delete task 3" may be one, or a command."""
    rest = act.tokens
    remembered = read_adding(message, Act("command", rest)) if starts(rest, "remember", "to") else None
    if remembered is not None:
        return remembered
    searched = read_search(rest, now) if rest and rest[0].low not in lex.SEARCHING else None
    if not starts(rest, "get", "rid") and (shown := searched or read_showing(rest)):
        return shown
    if not rest or rest[0].kind != "word" or rest[0].low in lex.NOT_DUTIES | lex.PARTINGS - {"go", "run"}:
        return Unknown()
    # "I have to agree with you" is said to the assistant.
    if (rest[0].low in lex.PARTINGS and len(rest) <= 2) or rest[-1].low in {"you", "u"}:
        return Unknown()
    act = Act("command", rest)
    command = read_scheduling(rest, now) or read_adding(message, act) or read_changing(message, rest)
    undecided = names_tasks(rest) or has_second(rest) or any(token.low == "but" for token in rest)
    if command in (None, *map(Unclear, ALSO_DUTIES)) and not undecided:
        return make_title(message, rest)
    return _now_or_later(message, rest)


def _wished(message: str, act: Act, now: datetime) -> Intent:
    """Who wants to finish a task has not finished it."""
    intent = _command(message, act, now)
    may_be_done_later = isinstance(intent, Complete) or (
        isinstance(intent, Unclear) and isinstance(intent.change, Complete)
    )
    return _now_or_later(message, act.tokens) if may_be_done_later else intent


def _now_or_later(message: str, found: Sequence[Token]) -> Unclear:
    words = message[found[0].start : found[-1].end]
    ways = f"Say “add a task: {words}” or “please {words}”."
    return Unclear(f"Is that a new task, or shall I do it now? {ways} {UNCHANGED}")


def _finished(target: Target) -> Intent:
    """A report completes what it certainly means; of other words it may be about anything, "it" too."""
    if target.latest:
        return Unclear(ASK_WHICH)
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
