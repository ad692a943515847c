"""The requests to see some of the tasks: by status, words, tag, priority and due date."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.chat.english import lexicon as lex
from app.chat.english.act import starts
from app.chat.english.filters import ASKED_MAX, read_filters
from app.chat.english.intents import Search, Show
from app.chat.english.showing import ABOUT_TASKS, SHOW, is_plain, read_status
from app.chat.english.tokens import Token

WITHOUT_VERB = lex.PLURAL | lex.PRIORITIES.keys() | lex.STATUS.keys() - lex.SINGULAR - {"complete"}
"""How "urgent tasks for today" begins; "complete tasks" would be a command."""
NO_TITLE = lex.ORDINALS.keys() | {"deleted", "removed", "most", "least"}


def read_search(found: Sequence[Token], now: datetime) -> Search | Show | None:
    """As in "search for milk", "show urgent tasks about milk" and "what is due today".

    None where a word is left that none of this accounts for.
    """
    if found[0].low in lex.SEARCHING:
        return _searched(found[1:], now)
    sentence = " ".join(token.low for token in found[:ASKED_MAX])
    is_due = any(token.low in ("due", "overdue") for token in found)
    listed = any(token.low in lex.PLURAL for token in found) and found[0].low in WITHOUT_VERB
    asked = SHOW.match(sentence) and not starts(found, "remind") and (is_due or ABOUT_TASKS.search(sentence))
    if not asked and not listed and found[0].low not in ("due", "overdue"):
        return None
    return _filtered(found, now) or _titled(found)


def _searched(rest: Sequence[Token], now: datetime) -> Search | Show | None:
    while rest and rest[0].kind == "word" and rest[0].low in {"for", "me", "all", *lex.DETERMINERS}:
        rest = rest[1:]
    if not lex.NOUN.isdisjoint(token.low for token in rest):
        status = read_status(rest)
        if (search := _filtered(rest, now) or _titled(rest, is_bare=True)) is not None:
            return search
        if status is not None and is_plain(rest):
            return Show(status)
        if rest[0].low in lex.NOUN:
            return None
    words = " ".join(token.text for token in rest if token.kind != "mark")
    return Search(words=words) if words else None


def _filtered(found: Sequence[Token], now: datetime) -> Search | None:
    filtered = read_filters(found, now)
    if filtered is None or filtered[0] == Search():
        return None
    search, rest = filtered
    status = read_status(rest)
    if status is None or not is_plain(rest):
        return None
    # "What did I complete today?" asks for the day of the completion, which no search knows.
    is_said = any(token.low in ("due", "overdue") for token in found)
    if search.due and status == "completed" and not is_said:
        return None
    # What is due is to be done.
    return replace(search, status="all" if search.due and status == "pending" else status)


def _titled(found: Sequence[Token], *, is_bare: bool = False) -> Search | None:
    """As in "show the milk task" and "when is the milk task due"."""
    found = found[:-1] if starts(found, "when") and starts(found[-1:], "due") else found
    unknown = [place for place, token in enumerate(found) if not is_plain((token,))]
    if not unknown or any(token.kind != "word" or token.low in NO_TITLE for token in found):
        return None
    start, end = unknown[0], unknown[-1] + 1
    is_led_in = starts(found[:start][-1:], "the|my") or (is_bare and start == 0)
    if not is_led_in or not starts(found, "|".join(sorted(lex.SINGULAR)), at=end):
        return None
    said = found[start:end]
    if read_status(found) is None or any(token.low.endswith("est") for token in said):
        return None
    status = read_status((*found[:start], *found[end:]))
    return Search(words=" ".join(token.text for token in said), status=status or "all")
