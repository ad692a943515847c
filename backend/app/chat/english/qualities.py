"""The frames that set the priority and the tags of tasks which exist."""

from collections.abc import Callable, Sequence

from app.chat.english import lexicon as lex
from app.chat.english.act import starts
from app.chat.english.intents import ASK_WHICH, CANNOT_SET, Intent, Target, Unclear, Update
from app.chat.english.targets import about, read_target, split_at_to
from app.chat.english.tokens import Token


def prioritizing(_message: str, tokens: Sequence[Token]) -> Intent | None:
    """As in "set the priority of task 2 to high", "make task 2 urgent" and "make it urgent"."""
    rest = tokens[2:] if starts(tokens[1:], "the") else tokens[1:]
    if tokens[0].low in lex.CHANGING and starts(rest, "priority|prio", "of|for"):
        split = split_at_to(rest[2:])
        priority = read_priority(split[1]) if split else None
        if split is None or priority is None:
            return Unclear(CANNOT_SET)
        return about(split[0], with_priority(priority))
    return making_urgent(tokens)


def making_urgent(tokens: Sequence[Token]) -> Intent | None:
    """As in "make task 2 urgent"; None where it may be about anything, as in "make dinner a priority"."""
    if not starts(tokens, "make"):
        return None
    for place in range(2, len(tokens)):
        if priority := read_priority(tokens[place:]):
            phrase = tokens[1:place]
            target = read_target(phrase)
            is_task = target.is_certain if isinstance(target, Target) else _names_task(phrase)
            return about(phrase, with_priority(priority)) if is_task else None
    return Unclear(CANNOT_SET) if starts(tokens, "make", "task|it|that|this") else None


def _names_task(phrase: Sequence[Token]) -> bool:
    return phrase[0].low in lex.NOUN or (starts(phrase, "the|my|that|this") and phrase[-1].low in lex.NOUN)


def read_priority(tokens: Sequence[Token]) -> str | None:
    """As in "high priority" and "very urgent"."""
    words = [token.low for token in tokens if token.kind == "word"]
    levels = {lex.PRIORITIES[word] for word in words if word in lex.PRIORITIES}
    plain = len(words) == len(tokens) and lex.HOW_URGENT.issuperset(words)
    return levels.pop() if plain and len(levels) == 1 else None


def with_priority(priority: str) -> Callable[[Target], Intent]:
    return lambda target: Update(target, priority=priority)


def tagging(_message: str, tokens: Sequence[Token]) -> Intent | None:
    """As in "tag task 1 with home and garden" and "tag task 1 as #home"."""
    if tokens[0].low not in lex.TAGGING or tokens[0].kind != "word":
        return None
    for place in range(2, len(tokens) - 1):
        if not starts(tokens, "with|as", at=place):
            continue
        tags = _tag_words(tokens[place + 1 :])
        return about(tokens[1:place], _with_tags(tags)) if tags else Unclear(CANNOT_SET)
    return Unclear(CANNOT_SET)


def adding_to_task(tokens: Sequence[Token]) -> Intent | None:
    """As in "add the tag home to task 1", "add #home to it" and "add high priority to task 1".

    None where nothing is added to what is called a task.
    """
    start = 2 if starts(tokens[1:], "a|the") else 1
    split = split_at_to(tokens[start:]) if starts(tokens, "add") else None
    if split is None:
        return None
    said, phrase = split
    named = starts(said, "tag|tags|label|labels")
    priority = read_priority(said) if starts(said[-1:], "priority|prio") else None
    if not (named or said[0].text == "#" or priority):
        return None
    target = read_target(phrase)
    is_certain = isinstance(target, Target) and target.is_certain
    tags = _tag_words(said[named:])
    if not is_certain and phrase[0].low not in lex.NOUN and phrase[0].kind != "number":
        is_hashtag = tags and said[0].text == "#" and said[1].kind == "word"
        return Unclear(ASK_WHICH) if is_hashtag else None
    if priority:
        return about(phrase, with_priority(priority))
    return about(phrase, _with_tags(tags)) if tags else Unclear(CANNOT_SET)


def _tag_words(tokens: Sequence[Token]) -> tuple[str, ...]:
    """As in "home, garden and #shop"; none where a word follows another without anything between them."""
    tags: list[str] = []
    parted = True
    for token in tokens:
        if token.text in {"#", ","} or token.low in {"and", "&"}:
            parted = True
            continue
        is_word = token.kind != "mark" and len(token.text.split()) == 1
        if not parted or not is_word or token.low in lex.DOUBT | lex.TAKING_BACK:
            return ()
        tags.append(token.low)
        parted = False
    return tuple(dict.fromkeys(tags))


def _with_tags(tags: tuple[str, ...]) -> Callable[[Target], Intent]:
    def tagged(target: Target) -> Intent:
        if target.is_certain:
            return Update(target, more_tags=tags)
        return Unclear(ASK_WHICH, Update(Target(), more_tags=tags))

    return tagged
