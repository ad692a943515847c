"""Several new tasks in one request: the lines of a list, or what commas and "and" part."""

from collections.abc import Collection, Sequence

from app.chat.english import lexicon as lex
from app.chat.english.act import starts
from app.chat.english.intents import ASK_NUMBERS, Add, Intent, Unclear
from app.chat.english.titles import NO_TITLE, takes_back, verbatim, without_bullet
from app.chat.english.tokens import Token


def read_several(message: str, tokens: Sequence[Token], count: int | None) -> Intent:
    """The parts of a list; they must be as many as was said."""
    rest = list(tokens)
    while rest and (rest[0].text == ":" or rest[0].low in lex.NAMING):
        rest = rest[1:]
    if takes_back(rest):
        return Unclear(NO_TITLE)
    titles = tuple(
        part[0].text if len(part) == 1 and part[0].kind == "quote" else verbatim(message, part)
        for part in _parts(rest)
    )
    if not titles or (count is not None and count != len(titles)):
        return Unclear(NO_TITLE if titles else ASK_NUMBERS)
    return Add(titles)


def _parts(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    breaks = [place for place, token in enumerate(tokens) if token.kind == "mark" and token.text == "\n"]
    lines = _split(tokens, breaks)
    if len(lines) > 1:
        return _without_numbers(lines)
    tokens = [token for line in lines for token in line]
    outside = _outside_of_brackets(tokens)
    commas = [place for place in outside if tokens[place].kind == "mark" and tokens[place].text in ",;"]
    ands = [place for place in outside if starts(tokens, "and", at=place)]
    # "a, b and c" has one "and" that parts, "a and b, c" has none.
    parting = [*commas, *(ands if not commas else ands[-1:] if ands[-1:] > commas[-1:] else [])]
    return _without_numbers(_split(tokens, parting))


def _split(tokens: Sequence[Token], places: Collection[int]) -> list[Sequence[Token]]:
    parts: list[list[Token]] = [[]]
    for place, token in enumerate(tokens):
        if place in places:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in map(without_bullet, parts) if part]


def _without_numbers(parts: list[Sequence[Token]]) -> list[Sequence[Token]]:
    """Less the "1.", "2)" and so on, where all of them are numbered so."""
    numbered = all(
        len(part) > 2 and part[0].text == str(number) and part[1].text in {".", ")"}
        for number, part in enumerate(parts, 1)
    )
    return [part[2:] for part in parts] if numbered else parts


def _outside_of_brackets(tokens: Sequence[Token]) -> list[int]:
    outside, depth = [], 0
    for place, token in enumerate(tokens):
        if token.kind == "mark":
            depth = max(0, depth + (token.text in "([{") - (token.text in ")]}"))
        if not depth:
            outside.append(place)
    return outside
