"""Two users work on their tasks by REST, by MCP and by chat in any order, as a model in memory says.

What each way does is the same, so a step chooses the way at random. After every step both lists are what the
model has, and so are the conversations: a change of one user is seen by them, whatever way they look, and by
nobody else.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import anyio
import httpx2
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from servers import Stack

Change = Literal["complete", "reopen", "delete", "restore"]
CHANGES: tuple[Change, ...] = ("complete", "reopen", "delete", "restore")
WAYS = ("rest", "mcp", "chat")
# Only what keeps a title in quotation marks whole: what else people write is for the corpus.
TITLES = st.one_of(
    st.sampled_from(
        ["delete task 1", "yes", "undo", "all tasks", "Mark task 2 as done?", "<b>", "100% \\_", "喝水"]
    ),
    st.text("abc ÄßИ日7#&%_", min_size=1, max_size=12).map(str.strip).filter(bool),
)
DAYS = st.sampled_from([None, "2027-01-15", "2028-02-29"])
STEPS = ["add", "rename", "due", "change", "change", "undo", "undo", "agree", "list", "talk", "idle"]
STEPS += ["ask and agree"]
NUMBERS = st.integers(1, 4)
WHO = st.integers(0, 1)
IDLE = [
    "no",
    "Should I delete task 1?",
    "Bob deleted task 1",
    "Don't complete task 1",
    "Move task 1 to Friday?",
    "show my tasks",
    "hello",
]


@dataclass
class Task:
    """`changes` counts what was written to it: an approval is for a task as it was shown."""

    title: str
    completed: bool = False
    due: str | None = None
    changes: int = 0


@dataclass(frozen=True)
class Call:
    """`version` is the one of the task that it is meant for, of whatever version it is where that is None."""

    what: Change | Literal["rename", "due"]
    number: int
    value: str | None = None
    version: tuple[int, bool] | None = None


@dataclass
class Talk:
    """A conversation: what would take back each of its exchanges, and what the last one asked about.

    Nothing ([]) takes back what found all as it was to be, and None is of an exchange that made no call.
    """

    undo: list[list[Call] | None] = field(default_factory=list)
    asked: dict[Call, tuple[int, bool]] = field(default_factory=dict)


@dataclass
class Model:
    """The tasks of one user, and their conversation."""

    tasks: dict[int, Task] = field(default_factory=dict)
    deleted: dict[int, Task] = field(default_factory=dict)
    made: int = 0
    talk: Talk = field(default_factory=Talk)

    def add(self, title: str) -> list[Call]:
        """What takes it back, as of all that changes something."""
        self.made += 1
        self.tasks[self.made] = Task(title)
        return self._now([Call("delete", self.made)])

    def apply(self, *calls: Call) -> list[Call]:
        """Makes those whose task is there."""
        return self._now([back for call in calls if (back := self._inverse_of_making(call))][::-1])

    def has(self, number: int, *, or_deleted: bool = False) -> bool:
        return number in self.tasks or (or_deleted and number in self.deleted)

    def say(self, *calls: Call) -> None:
        """One change is made at once; several, and one of a task that was changed since, wait for a yes."""
        possible = [call for call in calls if self.has(call.number, or_deleted=call.what == "restore")]
        outdated = any(call.version not in (None, self._version(call.number)) for call in possible)
        if len(possible) > 1 or outdated:
            self.talk.asked = {call: self._version(call.number) for call in possible}
            self.heard()
        else:
            self.heard(self.apply(*possible) if possible else None)

    def heard(self, undo: list[Call] | None = None) -> None:
        self.talk.undo.append(undo)

    def undo(self) -> None:
        self.say(*next((calls for calls in reversed(self.talk.undo) if calls is not None), []))

    def agree(self) -> None:
        """All of what was asked about, or nothing where a task is not as it was shown."""
        asked, self.talk.asked = self.talk.asked, {}
        as_shown = all(self._version(call.number) == version for call, version in asked.items())
        self.heard(self.apply(*asked) if asked and as_shown else None)

    def listed(self, completed: tuple[bool, ...] = (False, True)) -> list[tuple[int, str, bool, str | None]]:
        """The newest first."""
        rows = sorted(self.tasks.items(), reverse=True)
        return [(n, task.title, task.completed, task.due) for n, task in rows if task.completed in completed]

    def _inverse_of_making(self, call: Call) -> Call | None:
        """Make the call; what takes it back, if it changed anything."""
        number = call.number
        if call.what == "restore":
            if number not in self.deleted:
                return None
            self.tasks[number] = self.deleted.pop(number)
            return Call("delete", number)
        task = self.tasks.get(number)
        if task is None:
            return None
        if call.what == "delete":
            self.deleted[number] = self.tasks.pop(number)
            return Call("restore", number)
        new = replace(task, changes=task.changes + 1)
        self.tasks[number] = new
        match call.what:
            case "rename":
                new.title = call.value or ""
                return Call("rename", number, task.title) if new.title != task.title else None
            case "due":
                new.due = call.value
                return Call("due", number, task.due) if new.due != task.due else None
            case _:
                new.completed = call.what == "complete"
                back: Change = "reopen" if new.completed else "complete"
                return Call(back, number) if new.completed != task.completed else None

    def _version(self, number: int) -> tuple[int, bool]:
        is_deleted = number in self.deleted
        return (self.deleted if is_deleted else self.tasks)[number].changes, is_deleted

    def _now(self, calls: list[Call]) -> list[Call]:
        return [replace(call, version=self._version(call.number)) for call in calls]


class TwoUsers(RuleBasedStateMachine):
    stack: Stack  # of the subclass that a test makes

    @initialize()
    def sign_up(self) -> None:
        self.people = [self.stack.sign_up("Ada"), self.stack.sign_up("Bob")]
        self.models = [Model(), Model()]
        # The conversation that each is in, and all that they had, the one used last at the end.
        self.current: list[int | None] = [None, None]
        self.talks: list[dict[int, Talk]] = [{}, {}]
        self.created: dict[tuple[int, int], str] = {}
        for who, title in ((0, "Milk"), (0, "Eggs"), (0, "Tea"), (1, "Rent"), (1, "Tax")):
            self.add(who, "rest", title)

    def teardown(self) -> None:
        for person in getattr(self, "people", []):
            person.http.close()

    # One rule that draws what to do: Hypothesis leaves out most of several rules in an example, and few
    # examples would then hardly change anything.
    @rule(
        who=WHO,
        what=st.sampled_from(STEPS),
        way=st.sampled_from(WAYS),
        change=st.sampled_from(CHANGES),
        all_of=st.sampled_from(("delete", "complete")),
        meanwhile=st.booleans(),
        number=NUMBERS,
        title=TITLES,
        day=DAYS,
        words=st.sampled_from(IDLE),
    )
    def step(
        self,
        who: int,
        what: str,
        way: str,
        change: Change,
        all_of: Change,
        meanwhile: bool,
        number: int,
        title: str,
        day: str | None,
        words: str,
    ) -> None:
        match what:
            case "add":
                self.add(who, way, title)
            case "rename":
                self.write(who, way, Call("rename", number, title))
            case "due":
                self.write(who, way, Call("due", number, day))
            case "change":
                self.change(who, way, change, number)
            case "undo":
                self.say(who, "undo")
                self.models[who].undo()
            case "agree":
                self.agree(who)
            case "ask and agree":
                self.change_all(who, all_of)
                if meanwhile:
                    self.write(who, "rest", Call("rename", number, title))
                self.agree(who)
            case "list":
                self.list_the_open_ones(who, way)
            case "talk":
                self.turn_to_another_conversation(who, delete=meanwhile, place=number)
            case _:
                self.say(who, words)
                self.models[who].heard()

    def add(self, who: int, way: str, title: str) -> None:
        match way:
            case "rest":
                self.people[who].add(title)
                self.models[who].add(title)
            case "mcp":
                assert self.call(who, "add_task", title=title)
                self.models[who].add(title)
            case _:
                self.say(who, f'Add a task called "{title}"')
                self.models[who].heard(self.models[who].add(title))

    def write(self, who: int, way: str, call: Call) -> None:
        """A new title, a due date, or none."""
        is_there, number = self.models[who].has(call.number), call.number
        due_at = f"{call.value}T23:59:00Z" if call.value else None
        fields = {"title": call.value} if call.what == "rename" else {"due_at": due_at}
        match way:
            case "rest":
                response = self.people[who].http.patch(f"/api/me/tasks/{number}", json=fields)
                assert response.status_code == (200 if is_there else 404)
            case "mcp":
                given = {name: value or "" for name, value in fields.items()}
                assert self.call(who, "update_task", task_id=number, **given) == is_there
            case _ if call.what == "rename":
                self.say(who, f'Rename task {number} to "{call.value}"')
            case _ if call.value:
                self.say(who, f"Move task {number} to {call.value}")
            case _:
                self.say(who, f"Remove the due date of task {number}")
        self.apply(who, way, call)

    def change(self, who: int, way: str, change: Change, number: int) -> None:
        is_there = self.models[who].has(number, or_deleted=change == "restore")
        match way:
            case "rest":
                assert self.request(who, change, number).is_success == is_there
            case "mcp":
                assert self.call(who, f"{change}_task", task_id=number) == is_there
            case _:
                self.say(who, f"{change} task {number}")
        self.apply(who, way, Call(change, number))

    def apply(self, who: int, way: str, call: Call) -> None:
        model = self.models[who]
        if way == "chat":
            model.say(call)
        else:
            model.apply(call)

    def change_all(self, who: int, change: Change) -> None:
        answer = self.say(who, f"{change} all my tasks")
        model = self.models[who]
        numbers = [n for n, _, completed, _ in model.listed() if change == "delete" or not completed]
        model.say(*(Call(change, number) for number in numbers))
        assert (answer["approval"] is not None) == bool(model.talk.asked)

    def agree(self, who: int) -> None:
        asked = self.models[who].talk.asked
        self.say(who, "yes")
        self.models[who].talk.asked = asked
        self.models[who].agree()

    def turn_to_another_conversation(self, who: int, *, delete: bool, place: int) -> None:
        """A new one, or one that they had; the one that they leave may be deleted."""
        here, talks = self.current[who], self.talks[who]
        if delete and here is not None:
            path = f"/api/me/conversations/{here}"
            assert self.people[1 - who].http.delete(path).status_code == 404
            assert self.people[who].http.delete(path).status_code == 204
            assert self.people[who].http.delete(path).status_code == 404
            body = {"message": "yes", "conversation_id": here}
            assert self.people[who].http.post("/api/me/chat", json=body).status_code == 404
            del talks[here]
        earlier = [number for number in talks if number != here]
        if earlier and place > 1:
            there = earlier[place % len(earlier)]
            self.current[who], self.models[who].talk = there, talks[there]
        else:
            self.current[who], self.models[who].talk = None, Talk()

    @invariant()
    def both_have_the_models_conversations(self) -> None:
        for person, talks in zip(self.people, self.talks, strict=True):
            found = person.ok(person.http.get("/api/me/conversations"))
            assert [conversation["id"] for conversation in found] == list(reversed(talks))
            for conversation in found[:1]:
                messages = person.messages(conversation["id"])
                assert len(messages) == 2 * len(talks[conversation["id"]].undo)

    @invariant()
    def both_lists_are_the_models(self) -> None:
        for who, (person, model) in enumerate(zip(self.people, self.models, strict=True)):
            tasks = person.ok(person.http.get("/api/me/tasks"))
            assert [_row(task) for task in tasks] == model.listed()
            for task in tasks:
                assert task["user_id"] == person.id
                assert (task["completed_at"] is not None) == task["completed"]
                # Also after it was deleted and restored:
                assert self.created.setdefault((who, task["id"]), task["created_at"]) == task["created_at"]

    def list_the_open_ones(self, who: int, way: str) -> None:
        pending = self.models[who].listed(completed=(False,))
        match way:
            case "rest":
                assert self.people[who].titles(status="pending") == [title for _, title, *_ in pending]
            case "mcp":
                assert self.call(who, "list_tasks", status="pending")
            case _:
                [call] = self.say(who, "What's pending?")["tool_calls"]
                self.models[who].heard()
                assert [task["id"] for task in call["result"]["tasks"]] == [number for number, *_ in pending]

    def say(self, who: int, words: str) -> dict[str, Any]:
        """Whatever is said ends the question that was open."""
        model, talks = self.models[who], self.talks[who]
        model.talk.asked = {}
        answer = self.people[who].say(words, self.current[who])
        here = answer["conversation_id"]
        assert self.current[who] in (None, here) and (here in talks) == (self.current[who] is not None)
        self.current[who] = here
        talks.pop(here, None)
        talks[here] = model.talk
        return answer

    def request(self, who: int, change: Change, number: int) -> httpx2.Response:
        http, path = self.people[who].http, f"/api/me/tasks/{number}"
        match change:
            case "delete":
                return http.delete(path)
            case "restore":
                return http.post(f"{path}/restore")
            case _:
                return http.patch(f"{path}/complete", json={"completed": change == "complete"})

    def call(self, who: int, tool: str, **arguments: object) -> bool:
        """Whether a call of an MCP client succeeds."""
        headers = {"Authorization": f"Bearer {self.people[who].token}"}
        url = self.stack.app.state.settings.mcp_url

        async def call() -> bool:
            async with (
                httpx2.AsyncClient(headers=headers, timeout=20) as http,
                Client(streamable_http_client(url, http_client=http)) as client,
            ):
                return not (await client.call_tool(tool, arguments)).is_error

        return anyio.run(call)


def _row(task: dict[str, Any]) -> tuple[int, str, bool, str | None]:
    due = task["due_at"]
    assert due is None or due.endswith("T23:59:00Z")
    return task["id"], task["title"], task["completed"], due and due[:10]


def test_every_way_does_the_same_to_ones_own_tasks_only(stack: Stack) -> None:
    machine = type("TwoUsersOfThisStack", (TwoUsers,), {"stack": stack})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=6,
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
