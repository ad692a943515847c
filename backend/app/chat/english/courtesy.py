"""Greetings and thanks, which ask for nothing."""

from typing import Literal

from app.chat.english.agreement import said_in
from app.chat.english.lexicon import words

GREETING = words("hi hey hello hiya howdy morning afternoon evening")
AFTER_GREETING = GREETING | words("there again good everyone all")
THANKING = words("thanks thank thx ty cheers")
AFTER_THANKS = THANKING | words("you u so very much a lot many again ok okay great perfect that's all")


def read_courtesy(message: str) -> Literal["greeting", "thanks"] | None:
    """None where the message is more than a courtesy, or no courtesy at all."""
    said = set(said_in(message))
    if said & GREETING and said <= AFTER_GREETING:
        return "greeting"
    if said & THANKING and said <= AFTER_THANKS:
        return "thanks"
    return None
