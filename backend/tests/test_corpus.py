"""The rule-based assistant on the corpus: nothing that nobody asked for, and nearly all of it exactly."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from todo_world import World

CORPUS = Path(__file__).with_name("corpus.txt")
EXACT = 0.97


def _cases() -> Iterator[tuple[str, str]]:
    for line in CORPUS.read_text().splitlines():
        if line and not line.startswith("#"):
            said, expected = line.rsplit(" => ", 1)
            yield said, expected


CASES = list(_cases())


def _outcome(said: str) -> str:
    return World().outcome(*(part.replace("\\n", "\n") for part in said.split(" // ")))


def _is_unasked(outcome: str, expected: str) -> bool:
    """Whether something changed, or is about to on a yes, that the sentence does not ask for."""
    return outcome != expected and outcome != "nothing" and not outcome.startswith("show ")


def test_nothing_is_changed_that_nobody_asked_for() -> None:
    outcomes = {said: (_outcome(said), expected) for said, expected in CASES}
    assert {said: pair for said, pair in outcomes.items() if _is_unasked(*pair)} == {}


def test_nearly_all_of_the_corpus_is_understood_exactly() -> None:
    wrong = {said: (outcome, want) for said, want in CASES if (outcome := _outcome(said)) != want}
    score = 1 - len(wrong) / len(CASES)
    print(f"\ncorpus: {len(CASES) - len(wrong)} of {len(CASES)} exact ({score:.1%})")
    assert score >= EXACT, wrong


def test_the_corpus_is_large_and_half_of_it_is_there_to_mislead() -> None:
    assert len(CASES) >= 200
    assert sum(expected == "nothing" for _, expected in CASES) >= len(CASES) / 2


COMMANDS = [
    said
    for said, expected in CASES
    if expected.startswith(
        (
            "complete",
            "approval",
            "rename",
            "describe",
            "due",
            "prioritize",
            "tag",
            "reopen",
            "delete",
            "restore",
        )
    )
    and " // " not in said
    and not said.lower().startswith(("can ", "could ", "will ", "please ", "i ", "i'", "hey "))
]
# None of these is a command, whatever the command is about.
AROUND = [
    "{}?",
    "Don't {}",
    "do not {}",
    "never {}",
    "should I {}",
    "What happens if I {}",
    "how do I {}",
    "Bob said {}",
    "my boss told me to {}",
    "If it rains, {}",
    "when I am back, {}",
    "maybe {}",
    "I might {}",
    "I was about to {}",
    "I wish you would {}",
    "you should not {}",
    "he wants to {}",
    "why {}",
    "Did you {}",
    "no, {}",
    "I need to {}",
    "I have to {} but not now",
    "tell me to {}",
    "the button to {} is broken",
    "it would be nice to {}",
    "{} was a mistake",
    "{}, just kidding",
    "{} if it rains",
    "{} unless Bob is against it",
    "{}. Never mind",
    "{}, or not",
    "{}, not",
    "{}; no",
    "{} later",
    "{} perhaps",
    "{}, I think",
    "{}, said Bob",
    "{} because he said so",
    "{} is what he typed",
]


@pytest.mark.parametrize("around", AROUND)
def test_only_a_command_changes_anything(around: str) -> None:
    said = [around.format(command.rstrip(".!")) for command in COMMANDS]
    outcomes = {message: _outcome(message) for message in said}
    changed = {said: outcome for said, outcome in outcomes.items() if _is_unasked(outcome, "nothing")}
    assert changed == {}
