"""No save is lost, whenever it comes and whatever else fails meanwhile."""

from __future__ import annotations

import httpx
import pytest

from scripts.bench.edits import Probe
from scripts.bench.loop_process import DEADLINE_SECONDS
from tests.e2e.deployed import Deployed
from tests.loop.database import migration, query, schema_kept, slow_migration, tables
from tests.loop.outside import POSTGRES, scaled_to_zero
from tests.loop.running_loop import Edits, RunningLoop

SOURCES = {
    "backend": ("backend/app/main.py", "/app/app/main.py", "# save {}\n"),
    "mcp-server": ("mcp_server/todo_mcp/main.py", "/app/todo_mcp/main.py", "# save {}\n"),
    "frontend": ("frontend/src/main.tsx", "/app/src/main.tsx", "// save {}\n"),
}
NEW_MIGRATION = "backend/migrations/versions/9999_test_only.py"
ADD_TASK, SIGN_IN = "frontend/src/tasks/AddTask.tsx", "frontend/src/auth/SignIn.tsx"


@pytest.mark.parametrize("name", SOURCES)
def test_a_file_saved_again_while_it_is_sent_is_served_as_saved_last(
    loop: RunningLoop, edits: Edits, stack: Deployed, probe: Probe, name: str
) -> None:
    path, target, line = SOURCES[name]
    text = edits.path(path).read_text()
    for number in range(3):
        latest = loop.latest(name)
        edits.write(path, text + line.format(f"{number} before the formatter"))
        assert loop.until_begun(name, latest, DEADLINE_SECONDS)
        edits.write(path, text + line.format(f"{number} after the formatter"))
        loop.until_served(name)
        assert f"{number} after the formatter" in stack.execute(name, "cat", target)
        assert probe.revision(name) == loop.sources(name)


def test_a_migration_saved_again_while_it_runs_reaches_the_container_as_saved_last(
    loop: RunningLoop, edits: Edits, stack: Deployed
) -> None:
    with schema_kept(stack, "test_only") as head:
        text = slow_migration(head, 3)
        edits.write(NEW_MIGRATION, text)
        running = "select pid from pg_stat_activity where state = 'active' and query like 'select pg_sleep%'"
        loop.until(lambda: bool(query(stack, running)), "the migration runs")
        edits.write(NEW_MIGRATION, text + "# saved again\n")
        loop.until_served("backend")
        assert "# saved again" in stack.execute("backend", "cat", "/app/migrations/versions/9999_test_only.py")
        assert "test_only" in tables(stack)


def test_a_module_that_does_not_compile_stays_red_when_another_is_saved(
    loop: RunningLoop, edits: Edits, http: httpx.Client, probe: Probe
) -> None:
    good = edits.path(ADD_TASK).read_text()
    edits.write(ADD_TASK, good + "export const broken = (;\n")
    loop.until_red("frontend", "src/tasks/AddTask.tsx")

    before = len(loop.updates("frontend"))
    edits.replace(SIGN_IN, "Your tasks, and an assistant", "Your edited tasks, and an assistant")
    loop.until(lambda: "Your edited tasks" in http.get("/src/auth/SignIn.tsx").text, "the other save is served")
    loop.until(lambda: len(loop.updates("frontend")) > before, "the loop has judged the other save")
    loop.until_red("frontend", "src/tasks/AddTask.tsx")

    edits.write(ADD_TASK, good)
    loop.until_served("frontend")


def save_a_migration_without_a_database(loop: RunningLoop, edits: Edits, head: str) -> None:
    edits.write(NEW_MIGRATION, migration(head))
    loop.until_red("backend")


def test_a_migration_saved_while_the_database_is_away_runs_with_the_next_save_of_any_file(
    loop: RunningLoop, edits: Edits, stack: Deployed, http: httpx.Client
) -> None:
    with schema_kept(stack, "test_only") as head:
        with scaled_to_zero(stack, "postgres", *POSTGRES):
            save_a_migration_without_a_database(loop, edits, head)
        edits.write("backend/app/main.py", edits.path("backend/app/main.py").read_text() + "# another file\n")
        loop.until_served("backend")
        assert "test_only" in tables(stack)
        answer = http.get("/api/auth/me")
        assert answer.status_code == 401, answer.text


def test_a_migration_saved_while_the_database_is_away_runs_by_itself_when_it_is_back(
    loop: RunningLoop, edits: Edits, stack: Deployed
) -> None:
    with schema_kept(stack, "test_only") as head:
        with scaled_to_zero(stack, "postgres", *POSTGRES):
            save_a_migration_without_a_database(loop, edits, head)
        loop.until_served("backend")
        assert "test_only" in tables(stack)


def test_an_applied_migration_that_another_replaces_is_red_until_it_is_back(
    loop: RunningLoop, edits: Edits, stack: Deployed
) -> None:
    with schema_kept(stack, "test_a", "test_b") as head:
        of_one_branch = migration(head, "test_a", "0002a")
        edits.write("backend/migrations/versions/0002a.py", of_one_branch)
        loop.until_served("backend")

        edits.write("backend/migrations/versions/0002b.py", migration(head, "test_b", "0002b"))
        edits.delete("backend/migrations/versions/0002a.py")
        loop.until_red("backend", "0002a")

        edits.delete("backend/migrations/versions/0002b.py")
        edits.write("backend/migrations/versions/0002a.py", of_one_branch)
        loop.until_served("backend")
        assert "test_b" not in tables(stack)
