"""Which tasks a phrase means: by number, place, status, quote or words."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.chat.english import lexicon as lex
from app.chat.english.act import starts
from app.chat.english.intents import (
    ASK_NUMBERS,
    ASK_WHICH,
    NEVER_MIND,
    Change,
    Intent,
    Status,
    Target,
    Unclear,
)
from app.chat.english.tokens import Token

LATEST = Target(latest=True, named=True)
GROUPS = {"them", "these", "those", "both"}
QUANTIFIERS = lex.words("all every each any some several few many both most everything anything half none")


def read_target(phrase: Sequence[Token]) -> Target | Unclear:
    """The target; a question where the phrase names none, or more than it can mean."""
    tokens = _without_list(_without_haste(_trimmed(phrase)))
    if starts(tokens, "nothing|none|neither|nobody"):
        return Unclear(NEVER_MIND)
    if (group := _group(tokens)) is not None:
        return group
    if len(tokens) == 1 and starts(tokens, "it|that|this"):
        return LATEST
    words = list(tokens)
    while len(words) > 1 and words[0].kind == "word" and words[0].low in lex.DETERMINERS | {"that", "this"}:
        words = words[1:]
    if words and (found := _numbers(words)) is not None:
        return found
    if not words or (len(words) <= 2 and all(token.low in lex.NOT_A_TITLE | lex.NOUN for token in words)):
        return Unclear(ASK_WHICH)
    for read in (_place, _quoted):
        if (found := read(words)) is not None:
            return found
    return _words(words)


def about(phrase: Sequence[Token], intent: Callable[[Target], Intent]) -> Intent:
    """The intent on what the phrase means, or the question that the phrase leads to."""
    target = read_target(phrase)
    if not isinstance(target, Unclear):
        return intent(target)
    if target.question not in (ASK_WHICH, ASK_NUMBERS):
        return target
    wanted = intent(Target())
    change = wanted.change if isinstance(wanted, Unclear) else wanted
    return replace(target, change=change) if isinstance(change, Change) else target


def ends_in_task(tokens: Sequence[Token]) -> bool:
    """Whether it ends in "to task 3", "for the milk task" or "to it"."""
    last = len(tokens) - 1
    for place in range(max(last - 6, 0), last):
        if not starts(tokens, "to|for|on|of|in", at=place):
            continue
        rest = tokens[place + 1 :]
        if tokens[last].low in lex.NOUN and starts(rest, "the|my|that|this|a|an|any"):
            return True
        rest = rest[1:] if starts(rest, "the|my") else rest
        if rest[0].low in lex.NOUN | {"#"} and isinstance(_numbers(rest), Target):
            return True
        if starts(tokens, "to", at=place) and _is_there(tokens[place + 1 :]):
            return True
    return False


def _is_there(phrase: Sequence[Token]) -> bool:
    """Whether it is "it", "number 3", "all tasks", "the first one" or "the description"."""
    if starts(phrase, "the|its", "description") or (
        starts(phrase, "the|that|this") and phrase[-1].low == "one"
    ):
        return True
    target = read_target(phrase)
    # "reply to all" is something to do.
    if isinstance(target, Unclear) or target.words or (target.every and not target.named):
        return False
    return not target.ids or starts(phrase, "number")


def split_at_to(tokens: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token]] | None:
    """What stands before and after "to": before a quote that ends the sentence, else the first."""
    places = [place for place in places_of_to(tokens) if 0 < place < len(tokens) - 1]
    if not places:
        return None
    place = places[-1] if places[-1] == len(tokens) - 2 and tokens[-1].kind == "quote" else places[0]
    text = tokens[place + 1 :]
    if all(token.kind == "mark" for token in text):
        return None
    return tokens[:place], text[1:] if text[0].text == ":" and len(text) > 1 else text


def places_of_to(tokens: Sequence[Token]) -> list[int]:
    return [place for place in range(len(tokens)) if starts(tokens, "to|into", at=place)]


def _group(tokens: Sequence[Token]) -> Target | Unclear | None:
    words = [token.low for token in tokens if token.kind == "word"]
    if len(words) != len(tokens):
        return None
    if words in (["everything"], ["all"], ["all", "of", "it"]):
        return Target(every="all")
    if words and words[-1] in GROUPS and " ".join(words[:-1]) in {"", "all", "all of", "both", "both of"}:
        return Target(shown=True)
    rest = list(words)
    quantified = False
    while rest and rest[0] in {"all", "every", "each", "of", *lex.DETERMINERS}:
        quantified |= rest[0] in {"all", "every", "each"}
        rest = rest[1:]
    status: Status = "all"
    if rest and rest[0] in lex.STATUS:
        status = "completed" if lex.STATUS[rest[0]] == "completed" else "pending"
        rest = rest[1:]
    nouns = lex.NOUN if quantified else lex.PLURAL
    if len(rest) != 1 or rest[0] not in nouns:
        return None
    # "delete tasks" says neither all nor which.
    return Target(every=status, named=True) if quantified or status != "all" else Unclear(ASK_NUMBERS)


def _numbers(tokens: Sequence[Token]) -> Target | Unclear | None:
    """As in "3", "task 3 and 5", "#1, #2"; a question where numbers, marks and nouns say something else."""
    ids: list[int] = []
    called = False
    odd = False
    for place, token in enumerate(tokens):
        before = tokens[place - 1].low if place else ""
        leads = before in lex.NOUN | {"number", "no", "nr", "id", "#"}
        if token.low == "no":
            # "1, no, 2" takes the first back.
            is_number = place + 1 < len(tokens) and tokens[place + 1].kind == "number"
            odd |= not is_number or before == "," or before.isdecimal()
            called = True
        elif token.kind == "number":
            parts = token.text.split(",")
            odd |= "." in token.text or (len(parts) > 1 and any(len(part) == 3 for part in parts[1:]))
            ids += [int(part) for part in parts if part.isdecimal()]
        elif token.low in lex.NUMBER_WORDS and leads:
            ids.append(lex.NUMBER_WORDS[token.low])
        elif token.low in lex.NOUN | {"number", "nr", "id", "numbers", "#"}:
            called = True
            odd |= place == len(tokens) - 1 or before.isdecimal()
        elif token.kind == "word" and token.low in {"and", "plus"}:
            pass
        elif token.kind == "mark" and token.text in ",&.":
            odd |= token.text == "."
        elif token.kind == "mark" or token.low in {"to", "through", "thru", "until", "or", "till"}:
            odd = True
        else:
            return None
    if not ids:
        return None
    return Unclear(ASK_WHICH) if odd else Target(ids=tuple(dict.fromkeys(ids)), named=called or len(ids) == 1)


def _place(tokens: Sequence[Token]) -> Target | None:
    if len(tokens) > 2 or tokens[0].low not in lex.ORDINALS:
        return None
    if len(tokens) == 2 and tokens[1].low not in lex.SINGULAR | {"one", "entry", "of"}:
        return None
    return Target(position=lex.ORDINALS[tokens[0].low], named=True)


def _quoted(tokens: Sequence[Token]) -> Target | None:
    rest = list(tokens)
    if rest[0].low in lex.SINGULAR:
        rest = rest[1:]
        if rest and rest[0].low in lex.NAMING:
            rest = rest[1:]
    if len(rest) == 2 and rest[1].low in lex.SINGULAR:
        rest = rest[:1]
    if len(rest) == 1 and rest[0].kind == "quote":
        return Target(words=rest[0].text, exact=True, named=True)
    return None


def _words(tokens: Sequence[Token]) -> Target | Unclear:
    rest = list(tokens)
    named = False
    # "Write task list" ends in no noun, and a title may begin with one: only "task called …" is cut off.
    if len(rest) > 2 and rest[0].low in lex.SINGULAR and rest[1].low in lex.NAMING | {"about"}:
        rest, named = rest[2:], True
    elif len(rest) > 1 and rest[-1].low in lex.SINGULAR:
        rest, named = rest[:-1], True
    elif len(rest) > 1 and rest[-1].low == "one":
        rest = rest[:-1]
    if rest[0].low in QUANTIFIERS or rest[-1].low in lex.PLURAL | {"ones"}:
        return Unclear(ASK_NUMBERS)
    doubtful = any(token.low in lex.DOUBT or token.text == "?" for token in rest if token.kind != "quote")
    # "my list" and "the completed task" are not the one that has this word in its title.
    if all(token.kind in ("mark", "number") or _is_no_title(token) for token in rest):
        return Unclear(ASK_WHICH)
    words = " ".join(token.text for token in rest)
    return Target(words=words, exact=doubtful, named=named)


def _is_no_title(token: Token) -> bool:
    return token.kind == "word" and token.low in lex.OF_NO_TITLE


def _without_haste(tokens: Sequence[Token]) -> Sequence[Token]:
    """Less "right now" and "for me"."""
    for phrase in (("right", "now"), ("for", "me"), ("now|immediately",)):
        if len(tokens) > len(phrase) and starts(tokens[-len(phrase) :], *phrase):
            return tokens[: -len(phrase)]
    return tokens


def _without_list(tokens: Sequence[Token]) -> Sequence[Token]:
    """Less "from my list"."""
    for place in range(len(tokens) - 2, max(len(tokens) - 6, 0), -1):
        if starts(tokens, "from|off|on|in", "my|the", at=place) and tokens[-1].low == "list":
            return tokens[:place]
    return tokens


def _trimmed(tokens: Sequence[Token]) -> Sequence[Token]:
    start, end = 0, len(tokens)
    while start < end and tokens[start].kind == "mark" and tokens[start].text in ",.!:;":
        start += 1
    while end > start and tokens[end - 1].kind == "mark" and tokens[end - 1].text in ",.!:;":
        end -= 1
    return tokens[start:end]
