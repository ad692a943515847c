"""Finds the tasks that a target means among those that were listed."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.chat.english.intents import Target

FILLERS = {"the", "a", "an", "my", "about", "for", "of", "to", "with", "one", "task"}

Task = Mapping[str, Any]


def matching(target: Target, tasks: Sequence[Task]) -> tuple[list[Task], list[Task]]:
    """The tasks that are meant, and those that only could be: to ask about, never to act on."""
    if target.every is not None:
        wanted = {"all": (True, False), "completed": (True,), "pending": (False,)}[target.every]
        return [task for task in tasks if task["completed"] in wanted], []
    among = [task for task in tasks if not target.among or task["id"] in target.among]
    title = _plain(target.words)
    exact = [task for task in among if _plain(task["title"]) in (title, _bare(title))]
    words = _words(title) - FILLERS
    loose = [task for task in among if words and words <= _words(_plain(task["title"]))]
    if exact:
        return exact, []
    return ([], loose) if target.exact else (loose, [])


def placed(target: Target, shown: Sequence[int]) -> tuple[int, ...]:
    """The numbers of the tasks at a place in the last listing; none where it has no such place."""
    if target.position is None:
        return tuple(shown)
    place = target.position if target.position >= 0 else len(shown) + target.position
    return tuple(shown[place : place + 1]) if place >= 0 else ()


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _bare(text: str) -> str:
    return re.sub(r"^(?:the|my|a|an) ", "", text)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))
