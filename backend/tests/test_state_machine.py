"""Two users work on their tasks by REST, by MCP and by chat in any order, as a model in memory says.

What each way does is the same, so a step chooses the way at random. After every step both lists are what the
model has: a change of one user is seen by them, whatever way they look, and by nobody else.
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
STEPS = ("add", "rename", "change", "change", "ask", "agree", "ask and agree", "list", "idle")
NUMBERS = st.integers(1, 4)
WHO = st.integers(0, 1)
IDLE = [
    "no",
    "Should I delete task 1?",
    "Bob deleted task 1",
    "Don't complete task 1",
    "show my tasks",
    "hello",
]


@dataclass
class Task:
    """`changes` counts what was written to it: an approval is for a task as it was shown."""

    title: str
    completed: bool = False
    changes: int = 0


@dataclass
class Model:
    """The tasks of one user, and what the assistant asked: a change, and the tasks as shown."""

    tasks: dict[int, Task] = field(default_factory=dict)
    deleted: dict[int, Task] = field(default_factory=dict)
    made: int = 0
    asked: tuple[Change, dict[int, Task]] | None = None

    def add(self, title: str) -> None:
        self.made += 1
        self.tasks[self.made] = Task(title)

    def rename(self, number: int, title: str) -> bool:
        if task := self.tasks.get(number):
            self.tasks[number] = replace(task, title=title, changes=task.changes + 1)
        return task is not None

    def apply(self, change: Change, number: int) -> bool:
        """Whether there is such a task to change."""
        if change == "restore" and number in self.deleted:
            self.tasks[number] = self.deleted.pop(number)
        task = self.tasks.get(number)
        if task is None:
            return False
        if change == "delete":
            self.deleted[number] = self.tasks.pop(number)
        elif change != "restore":
            done = change == "complete"
            self.tasks[number] = replace(task, completed=done, changes=task.changes + 1)
        return True

    def ask(self, change: Change) -> None:
        """One change is made at once; several wait for a yes."""
        shown = {n: task for n, task in self.tasks.items() if change == "delete" or not task.completed}
        if len(shown) == 1:
            self.apply(change, *shown)
        self.asked = (change, shown) if len(shown) > 1 else None

    def agree(self) -> None:
        """All of what was asked about, or nothing where a task is not as it was shown."""
        change, shown = self.asked or ("delete", {})
        self.asked = None
        if all(self.tasks.get(number) == task for number, task in shown.items()):
            for number in shown:
                self.apply(change, number)

    def listed(self, completed: tuple[bool, ...] = (False, True)) -> list[tuple[int, str, bool]]:
        """The newest first."""
        rows = sorted(self.tasks.items(), reverse=True)
        return [(n, task.title, task.completed) for n, task in rows if task.completed in completed]


class TwoUsers(RuleBasedStateMachine):
    stack: Stack  # of the subclass that a test makes

    @initialize()
    def sign_up(self) -> None:
        self.people = [self.stack.sign_up("Ada"), self.stack.sign_up("Bob")]
        self.models = [Model(), Model()]
        self.conversations: list[int | None] = [None, None]
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
        words: str,
    ) -> None:
        match what:
            case "add":
                self.add(who, way, title)
            case "rename":
                self.rename(who, way, number, title)
            case "change":
                self.change(who, way, change, number)
            case "ask":
                self.change_all(who, all_of)
            case "agree":
                self.agree(who)
            case "ask and agree":
                self.change_all(who, all_of)
                if meanwhile:
                    self.rename(who, "rest", number, title)
                self.agree(who)
            case "list":
                self.list_the_open_ones(who, way)
            case _:
                self.say(who, words)

    def add(self, who: int, way: str, title: str) -> None:
        match way:
            case "rest":
                self.people[who].add(title)
            case "mcp":
                assert self.call(who, "add_task", title=title)
            case _:
                self.say(who, f'Add a task called "{title}"')
        self.models[who].add(title)

    def rename(self, who: int, way: str, number: int, title: str) -> None:
        is_there = self.models[who].rename(number, title)
        match way:
            case "rest":
                path = f"/api/me/tasks/{number}"
                response = self.people[who].http.patch(path, json={"title": title})
                assert response.status_code == (200 if is_there else 404)
            case "mcp":
                assert self.call(who, "update_task", task_id=number, title=title) == is_there
            case _:
                self.say(who, f'Rename task {number} to "{title}"')

    def change(self, who: int, way: str, change: Change, number: int) -> None:
        is_there = self.models[who].apply(change, number)
        match way:
            case "rest":
                assert self.request(who, change, number).is_success == is_there
            case "mcp":
                assert self.call(who, f"{change}_task", task_id=number) == is_there
            case _:
                self.say(who, f"{change} task {number}")

    def change_all(self, who: int, change: Change) -> None:
        answer = self.say(who, f"{change} all my tasks")
        self.models[who].ask(change)
        assert (answer["approval"] is not None) == (self.models[who].asked is not None)

    def agree(self, who: int) -> None:
        asked = self.models[who].asked
        self.say(who, "yes")
        self.models[who].asked = asked
        self.models[who].agree()

    @invariant()
    def both_lists_are_the_models(self) -> None:
        for who, (person, model) in enumerate(zip(self.people, self.models, strict=True)):
            tasks = person.ok(person.http.get("/api/me/tasks"))
            assert [(task["id"], task["title"], task["completed"]) for task in tasks] == model.listed()
            for task in tasks:
                assert task["user_id"] == person.id
                assert (task["completed_at"] is not None) == task["completed"]
                # Also after it was deleted and restored:
                assert self.created.setdefault((who, task["id"]), task["created_at"]) == task["created_at"]

    def list_the_open_ones(self, who: int, way: str) -> None:
        pending = self.models[who].listed(completed=(False,))
        match way:
            case "rest":
                assert self.people[who].titles(status="pending") == [title for _, title, _ in pending]
            case "mcp":
                assert self.call(who, "list_tasks", status="pending")
            case _:
                [call] = self.say(who, "What's pending?")["tool_calls"]
                assert [task["id"] for task in call["result"]["tasks"]] == [number for number, *_ in pending]

    def say(self, who: int, words: str) -> dict[str, Any]:
        """Whatever is said ends the question that was open."""
        self.models[who].asked = None
        answer = self.people[who].say(words, self.conversations[who])
        self.conversations[who] = answer["conversation_id"]
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
