"""Whether a message says yes to a question, and nothing else."""

import re
from collections.abc import Collection

from app.chat.english.lexicon import words

YES = words("yes yep yup yeah y ok okay sure correct confirm confirmed approve approved")
YES_PHRASES = {"do it", "do that", "do so", "go ahead", "please do", "please do it", "i confirm", "i approve"}
AFTER_YES = YES | words("please thanks thank you do go ahead it that them this these those the tasks all of")


def said_in(message: str) -> list[str]:
    """Its words in small letters; none where it is long, or has more than words."""
    if len(message) > 60 or not re.fullmatch(r"[\w'’\s,.!]+", message):
        return []
    return re.findall(r"[\w'’]+", message.lower())


def agrees(said: list[str], also: Collection[str]) -> bool:
    """`also` may follow the yes: words for what was asked about."""
    return " ".join(said) in YES_PHRASES or (
        bool(said) and said[0] in YES and {*AFTER_YES, *also}.issuperset(said)
    )
