"""What a sentence can ask for, and the questions asked back where it is not clear."""

from dataclasses import dataclass, field
from typing import Literal

Status = Literal["all", "pending", "completed"]


@dataclass(frozen=True)
class Target:
    """The tasks that are meant, in one of these ways."""

    ids: tuple[int, ...] = ()
    """By number."""
    words: str = ""
    """By words of the title."""
    exact: bool = False
    """The words are the whole title, or they mean nothing."""
    named: bool = False
    """The sentence calls it a task ("the milk task", "task 3") or quotes it: it cannot mean a new one."""
    every: Status | None = None
    """All of a status."""
    position: int | None = None
    """By the place in the last listing, from 0, or from -1 at its end."""
    shown: bool = False
    """All of the last listing ("them", "both")."""
    among: tuple[int, ...] = ()
    """The words choose from these only."""
    latest: bool = False
    """The one task that the last answer added or changed ("make it due Friday")."""

    @property
    def is_certain(self) -> bool:
        """Whether it can only be a task that exists; words alone may belong to anything."""
        return bool(self.named or self.ids or self.shown or self.every)


@dataclass(frozen=True)
class Add:
    """`due_at` is a moment as the tools take it; it and the other fields are of each title."""

    titles: tuple[str, ...]
    description: str = ""
    due_at: str = ""
    priority: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Show:
    """All of a status, or those of these numbers."""

    status: Status
    ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Search:
    """The tasks that fit all that is given."""

    words: str = ""
    tag: str = ""
    priority: str = ""
    due: str = ""
    """How the sentence says when ("overdue", "due this week"): the moments between which that is follow."""
    due_after: str = ""
    due_before: str = ""
    status: Status = "all"
    """With a due date "all" are those that are not done."""


@dataclass(frozen=True)
class Undo:
    """Take back what the last answer did that changed anything."""

    deletion: bool = False
    """Only if that was a deletion, as the sentence calls it."""


@dataclass(frozen=True)
class Complete:
    target: Target


@dataclass(frozen=True)
class Reopen:
    target: Target


@dataclass(frozen=True)
class Delete:
    target: Target


@dataclass(frozen=True)
class Restore:
    """By number only: a deleted task is in no list."""

    target: Target


@dataclass(frozen=True)
class Update:
    target: Target
    title: str | None = None
    description: str | None = None
    priority: str | None = None
    more_tags: tuple[str, ...] = ()
    """Beside those that the task has."""
    due_at: str | None = None
    """A moment; empty removes the due date."""


@dataclass(frozen=True)
class Unknown:
    """No request that is understood. `about` is the whole as a target, in case it answers a question."""

    about: Target | None = None


Change = Complete | Reopen | Delete | Restore | Update


@dataclass(frozen=True)
class Unclear:
    """`question` is what to ask back, or to say instead of doing anything."""

    question: str
    change: Change | None = field(default=None, compare=False)
    """What is asked for, where only its target is not known: the answer may say that."""


Intent = Add | Show | Search | Change | Undo | Unclear | Unknown

UNCHANGED = "I have changed nothing."
ASK_FILTER = (
    "I do not understand which tasks you want to see. I list them by number, status, priority, tag, due date "
    "and words: “show tasks 3 and 5”, “show completed tasks”, “show high priority tasks”, “show tasks tagged "
    "home”, “what is due this week?”, “show tasks about milk”."
)
ASK_TITLE = "What should the task be called?"
ASK_ALL_AT_ONCE = (
    f"What should the task be called? Say it all at once: “add pay the rent by Friday”. {UNCHANGED}"
)
ASK_ONE_AT_A_TIME = (
    f"That is more than one thing. Please ask for one at a time, or put the new title in quotes. {UNCHANGED}"
)
ASK_NEW_OR_NOT = (
    "Is that a new task, or part of one that you have? Say “add a task: …”, or “set the description of "
    f"task 3 to …”. {UNCHANGED}"
)
ASK_WHICH = f"Which task do you mean? Give me its number or a word of its title. {UNCHANGED}"
NOT_A_TASK = (
    "I change only tasks, not your account, this app or our conversation. If a task is meant, give me its "
    f"number. {UNCHANGED}"
)
ASK_NUMBERS = f"To change several tasks, give me their numbers (“delete task 3 and 5”). {UNCHANGED}"
ASK_QUOTES = "I cannot tell the old title from the new one. Put them in quotes; I have changed nothing."
ASK_COMMAND = f"Was that a question? I only change tasks when I am told to. {UNCHANGED}"
NOTHING_TO_UNDO = f"There is nothing in this conversation that I could undo. {UNCHANGED}"
LEFT_AS_IT_WAS = f"My last change left all as it was, so there is nothing to take back. {UNCHANGED}"
NO_DELETION = (
    f"My last change was no deletion. Say “restore task 3”, or “undo” to take back that change. {UNCHANGED}"
)
LOST_UNDO = (
    "I do not know whether my last change was made: its answer got lost. Look at your tasks, and tell me "
    f"what to change back. {UNCHANGED}"
)
ASK_RESTORED = f"Which task shall I restore? Give me the number that it had. {UNCHANGED}"
CANNOT_SET = (
    "I can set a task's title, description, priority (high, medium, low), tags (“tag task 3 with home”) and "
    f"due date (“move task 3 to Friday”), and complete, reopen, delete and restore it. {UNCHANGED}"
)
ASK_WHEN = (
    "When is that? I understand one date, and a time with am or pm: “move task 3 to Friday”, "
    f"“… to 12 May at 5pm”, “… to 2027-01-15 17:00”. {UNCHANGED}"
)
ASK_WHOSE_DATE = f"The due date of which task? Give me its number, or its title in quotes. {UNCHANGED}"
ASK_IF_TASK = (
    "Is that a task on your list, or a new one? Say “complete task 3”, “delete task 3” or “add a task: …”. "
    f"{UNCHANGED}"
)
ASK_LISTING = f"I have not shown you such a list. Say “show my tasks” first, or give me a number. {UNCHANGED}"
ASK_ADDED = f"Do you mean what I have added, or the list before it? Give me the number. {UNCHANGED}"
ASK_ONE_NAME = "Several tasks cannot get one title. Name one task; I have changed nothing."
NEVER_MIND = f"All right. {UNCHANGED}"
