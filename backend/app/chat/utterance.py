"""Reads a request about tasks out of an English sentence; anything it is not sure of changes nothing."""

import re
from collections.abc import Callable

from app.chat import grammar
from app.chat.intents import (
    ASK_NUMBERS,
    ASK_ONE_AT_A_TIME,
    ASK_TITLE,
    ASK_WHICH,
    CANNOT_REOPEN,
    NEVER_MIND,
    Add,
    Complete,
    Delete,
    Intent,
    Show,
    Target,
    Unclear,
    Unknown,
    Update,
)


def read(message: str) -> Intent:
    """The one thing that the message asks for."""
    text, asked_politely = _bare(message)
    if grammar.NEVER_MIND.fullmatch(text):
        return Unclear(NEVER_MIND)
    if must := grammar.MUST.fullmatch(text):
        return _read_duty(text, must["rest"])
    intent = _read_command(text if not asked_politely else text.rstrip("?"))
    unquoted = _one_space(_without_quotes(text))
    if not isinstance(intent, Show | Unknown) and grammar.SECOND_COMMAND.search(unquoted):
        return Unclear(ASK_ONE_AT_A_TIME)
    return intent


def read_numbers(message: str) -> tuple[int, ...]:
    """The task numbers of a message that has nothing else in it."""
    text = re.sub(r"^(?:the|number)\s+", "", message.strip(" .!"), flags=re.I)
    return _ids(text) if grammar.IDS.fullmatch(text) else ()


def _read_duty(text: str, rest: str) -> Intent:
    """“I need to pay bills” is a new task, “I need to delete task 3” may be one or a command."""
    remembered = _first_match(grammar.ADD[2:3], text)
    if remembered is not None:
        return _add(remembered)
    intent = _read_command(rest)
    if isinstance(intent, Show):
        return intent
    if isinstance(intent, Unknown):
        return _add(rest)
    rest = rest.rstrip(".!")
    return Unclear(f"Is that a new task, or shall I do it now? Say “add a task: {rest}” or “please {rest}”.")


def _read_command(text: str) -> Intent:
    # A title keeps its white space; what only names or lists tasks does not need it.
    sentence = _one_space(text).rstrip(" .!?")
    if grammar.REOPEN.match(sentence):
        return Unclear(CANNOT_REOPEN)
    if (title := _first_match(grammar.ADD, text)) is not None:
        return _add(title)
    if (target := _first_match(grammar.COMPLETE, sentence)) is not None:
        return _about(target, Complete)
    if found := grammar.DELETE.fullmatch(sentence):
        return _about(found["target"], Delete)
    if found := grammar.DESCRIBE.fullmatch(text):
        description = _unquoted(found["text"])
        return _about(found["target"], lambda target: Update(target, description=description))
    if found := grammar.RENAME[0].fullmatch(text) or grammar.RENAME[1].fullmatch(text):
        return _rename(found["target"], found["text"])
    if grammar.SHOW.match(sentence) and grammar.ABOUT_TASKS.search(sentence):
        return Show(_status(sentence))
    if re.fullmatch(rf"(?:list|{grammar.NOUN})", sentence, re.I):
        return Show("all")
    return Unknown()


def _bare(message: str) -> tuple[str, bool]:
    text = grammar.THANKS.sub("", message.strip())
    asked = bool(re.search(r"\b(?:can|could|would|will)\s+you\b", text[:40], re.I))
    while (found := grammar.POLITE.match(text)) and found.end() < len(text):
        text = text[found.end() :]
    return text, asked


def _add(raw: str) -> Intent:
    description = ""
    if found := grammar.DESCRIPTION.search(raw):
        raw, description = raw[: found.start()], _unquoted(found["description"])
    title = _unquoted(raw)
    if not title or title.lower() in grammar.VAGUE:
        return Unclear(ASK_TITLE)
    first = title.split()[0]
    # Only a plain lower-case word gets its capital; “iPhone” keeps its own.
    if first.islower():
        title = title[0].upper() + title[1:]
    return Add(title, description)


def _rename(raw_target: str, raw_title: str) -> Intent:
    target = _target(raw_target)
    title = _unquoted(raw_title)
    certain = isinstance(target, Target) and (
        target.ids or target.quoted or raw_target.lower().endswith("task")
    )
    if (
        not certain
        and re.search(r"\s(?:to|into)\s", raw_title, re.I)
        and not grammar.QUOTED.fullmatch(raw_title.strip(" .!"))
    ):
        return Unclear(
            "I cannot tell the old title from the new one. Put them in quotes; I have changed nothing."
        )
    return _about(raw_target, lambda found: Update(found, title=title))


def _about(raw: str, intent: Callable[[Target], Intent]) -> Intent:
    target = _target(raw)
    return target if isinstance(target, Unclear) else intent(target)


def _target(raw: str) -> Target | Unclear:
    text = re.sub(r"^(?:(?:the|my|a|an|that|this)\s+)+", "", _one_space(raw).strip(" .!?,"), flags=re.I)
    if grammar.IDS.fullmatch(text) and (ids := _ids(text)):
        return Target(ids=ids)
    if text.lower() in grammar.VAGUE:
        return Unclear(ASK_WHICH)
    text = grammar.NAMED.sub("", text)
    quoted_task = re.sub(rf"\s+{grammar.NOUN}$", "", text, flags=re.I)
    if found := grammar.QUOTED.fullmatch(quoted_task):
        return Target(words=found["inner"].strip(), quoted=True)
    if grammar.BULK.fullmatch(text):
        return Unclear(ASK_NUMBERS)
    words = re.sub(r"\s+(?:task|to-?do|item|reminder|one)$", "", text, flags=re.I)
    return Target(words=words)


def _ids(text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(digits) for digits in re.findall(r"\d+", text)))


def _status(sentence: str) -> str:
    if grammar.SHOW_PENDING.search(sentence):
        return "pending"
    return "completed" if grammar.SHOW_COMPLETED.search(sentence) else "all"


def _first_match(patterns: list[re.Pattern[str]], text: str) -> str | None:
    for pattern in patterns:
        if found := pattern.fullmatch(text):
            return found.groupdict().get("title") or found.groupdict().get("target") or ""
    return None


def _unquoted(raw: str) -> str:
    text = raw.strip()
    text = text if text.endswith("..") else text.rstrip(".").rstrip()
    found = grammar.QUOTED.fullmatch(text)
    return found["inner"].strip() if found else text


def _without_quotes(text: str) -> str:
    for quoted, up_to_last_close in grammar.QUOTES:
        if found := up_to_last_close.match(text):
            text = quoted.sub("", found[0]) + text[found.end() :]
    return text


def _one_space(text: str) -> str:
    """Each run of white space as one character, a line break where the run has one."""
    return re.sub(r"\s+", lambda run: "\n" if "\n" in run[0] else " ", text)
