"""What a sentence can ask for, and the questions asked back where it is not clear."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """The tasks that are meant: by number, else by words of the title, whole if they stood in quotes."""

    ids: tuple[int, ...] = ()
    words: str = ""
    quoted: bool = False


@dataclass(frozen=True)
class Add:
    title: str
    description: str = ""


@dataclass(frozen=True)
class Show:
    status: str


@dataclass(frozen=True)
class Complete:
    target: Target


@dataclass(frozen=True)
class Delete:
    target: Target


@dataclass(frozen=True)
class Update:
    target: Target
    title: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Unclear:
    """`question` is what to ask back."""

    question: str


@dataclass(frozen=True)
class Unknown:
    """Nothing here is about tasks."""


Intent = Add | Show | Complete | Delete | Update | Unclear | Unknown

ASK_TITLE = "What should the task be called?"
ASK_ONE_AT_A_TIME = "That is more than one thing. Please ask for one at a time; I have changed nothing."
ASK_WHICH = "Which task do you mean? Give me its number or a word of its title."
ASK_NUMBERS = "To change several tasks, give me their numbers (“delete task 3 and 5”). Nothing is changed."
CANNOT_REOPEN = "I cannot reopen a task. Untick it in the list; I have changed nothing."
NEVER_MIND = "All right, I have changed nothing."
