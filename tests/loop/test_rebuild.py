"""What cannot be updated in place: dependencies, migrations, and mistakes in what describes the environment."""

from __future__ import annotations

import json
import os
import subprocess

from scripts.kube.api import collection
from scripts.kube.pod import waits_for
from tests.e2e.deployed import Deployed
from tests.loop.database import migration, schema_kept, tables
from tests.loop.running_loop import Edits, RunningLoop, put_back

SERVICE = "backend/app/tasks/service.py"


def test_a_changed_dependency_file_rebuilds_and_rolls_out(loop: RunningLoop, edits: Edits, stack: Deployed) -> None:
    old, before = stack.pods("mcp-server"), len(loop.updates("mcp-server"))
    edits.touch("mcp_server/requirements.txt")
    loop.until(lambda: len(loop.updates("mcp-server")) > before, "the image is rebuilt")
    assert [update["action"] for update in loop.updates("mcp-server")[before:]] == ["rebuild"]
    loop.until_served("mcp-server")
    assert not set(old) & set(stack.pods("mcp-server"))
    put_back(loop, edits, "mcp-server")


def test_a_package_that_could_not_be_built_in_is_owed_at_the_next_save_of_any_file(
    loop: RunningLoop, edits: Edits
) -> None:
    requirements = (loop.folder / "mcp_server/requirements.txt").read_text()
    edits.write("mcp_server/requirements.txt", requirements + "no-such-package==1.0\n")
    loop.until(lambda: loop.resource("mcp-server")["status"] == "error", "the failed build is shown")
    before = len(loop.updates("mcp-server"))
    edits.replace("mcp_server/todo_mcp/tools.py", "Add one task to the user's list.", "Note it.")
    loop.until(lambda: len(loop.updates("mcp-server")) > before, "it was tried again")
    loop.until_red("mcp-server", "the build of todo-mcp-server failed")

    edits.write("mcp_server/requirements.txt", requirements)
    loop.until_served("mcp-server")
    assert loop.updates("mcp-server")[-1]["action"] == "rebuild"


def test_a_mistake_in_what_is_deployed_is_told_with_its_place_and_mended_in_place(
    loop: RunningLoop, edits: Edits
) -> None:
    original = (loop.folder / SERVICE).read_text()
    edits.write(SERVICE, original + "\ndef broken(:\n")
    loop.until(lambda: loop.resource("backend")["status"] == "error", "the backend is red")
    before = len(loop.updates("backend"))
    edits.touch("backend/requirements.txt")
    loop.until(lambda: len(loop.updates("backend")) > before, "what was deployed is told", 90)
    line = original.count("\n") + 2
    loop.until_red("backend", f"SyntaxError: invalid syntax ({SERVICE}:{line})")

    edits.write(SERVICE, original)
    loop.until_served("backend")
    assert loop.updates("backend")[-1]["action"] == "sync"
    put_back(loop, edits, "backend")


def test_a_broken_migration_that_was_deployed_is_told_and_the_save_that_mends_it_gets_in(
    loop: RunningLoop, edits: Edits
) -> None:
    edits.write("backend/migrations/versions/9999_broken.py", "raise RuntimeError('not a migration')\n")
    loop.until(lambda: loop.resource("backend")["status"] == "error", "the failed step is shown")
    before = len(loop.updates("backend"))
    edits.touch("backend/requirements.txt")
    loop.until(lambda: len(loop.updates("backend")) > before, "what was deployed is told", 120)
    loop.until_red("backend", "container migrate of pod", "RuntimeError: not a migration")

    edits.delete("backend/migrations/versions/9999_broken.py")
    loop.until_served("backend")
    assert loop.updates("backend")[-1]["action"] == "rebuild"
    put_back(loop, edits, "backend")


def test_a_new_migration_is_applied_in_place(loop: RunningLoop, edits: Edits, stack: Deployed) -> None:
    pods = stack.pods("backend")
    with schema_kept(stack, "test_only") as head:
        edits.write("backend/migrations/versions/9999_test_only.py", migration(head))
        loop.until_served("backend")
        assert "test_only" in tables(stack)
        assert stack.pods("backend") == pods
        stack.execute("backend", "alembic", "downgrade", "-1")
        assert "test_only" not in tables(stack)


def test_a_save_while_a_container_crashes_does_not_wait_for_its_next_try(
    loop: RunningLoop, edits: Edits, stack: Deployed
) -> None:
    def end_it() -> bool:
        """Whether its next start is put off."""
        ((name, container),) = stack.pods("mcp-server").items()
        pod = stack.kube.find(f"{collection('v1', 'pods', stack.namespace)}/{name}")
        assert pod is not None
        (status,) = pod["status"]["containerStatuses"]
        if "running" in status["state"]:
            stack.kube.execute(stack.namespace, name, container, ["sh", "-c", "kill 1"])
        return waits_for(status) == "CrashLoopBackOff"

    loop.until(end_it, "the container crashes")
    edits.replace("mcp_server/todo_mcp/tools.py", "Add one task to the user's list.", "Note it.")
    loop.until_served("mcp-server")
    assert loop.updates("mcp-server")[-1]["action"] == "rebuild"


def test_a_failing_build_is_one_line_with_its_place_and_the_next_save_recovers(
    loop: RunningLoop, edits: Edits, stack: Deployed
) -> None:
    dockerfile = (loop.folder / "mcp_server/Dockerfile").read_text()
    pods = stack.pods("mcp-server")
    edits.write("mcp_server/Dockerfile", dockerfile.replace("AS dev\n", "AS dev\nRUN no-such-program\n", 1))
    loop.until(lambda: loop.resource("mcp-server")["status"] == "error", "the failed build is shown")
    detail = loop.resource("mcp-server")["detail"]
    assert "no-such-program" in detail
    assert "Dockerfile:" in detail
    assert stack.pods("mcp-server") == pods

    edits.write("mcp_server/Dockerfile", dockerfile)
    loop.until(loop.green, "all is green again")


def test_a_broken_tiltfile_is_one_line_with_its_place_and_the_stack_goes_on(loop: RunningLoop, edits: Edits) -> None:
    text = (loop.folder / "Tiltfile").read_text()
    edits.write("Tiltfile", text + "no_such_builtin('x')\n")
    loop.until(lambda: loop.resource("(Tiltfile)")["status"] == "error", "the mistake is shown")
    assert f"Tiltfile:{text.count(chr(10)) + 1}" in loop.resource("(Tiltfile)")["detail"]
    assert "no_such_builtin" in loop.resource("(Tiltfile)")["detail"]

    edits.write("Tiltfile", text)
    loop.until(loop.green, "all is green again")


def test_a_failing_run_step_is_shown_and_the_next_save_recovers(loop: RunningLoop, edits: Edits) -> None:
    edits.write("backend/migrations/versions/9999_broken.py", "raise RuntimeError('not a migration')\n")
    loop.until(lambda: loop.resource("backend")["status"] == "error", "the failed step is shown")
    detail = loop.resource("backend")["detail"]
    assert "alembic upgrade head" in detail
    edits.delete("backend/migrations/versions/9999_broken.py")
    loop.until_served("backend")


def test_a_second_loop_is_refused_and_told_who_has_the_cluster(loop: RunningLoop) -> None:
    environment = {**os.environ, "TODO_PAGE_PORT": "10378"}
    second = subprocess.run(
        ["./dev", "up", "--once", "--engine", "embedded"],
        cwd=loop.folder, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert second.returncode == 1
    errors = [line for line in second.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert str(loop.folder) in errors[0]
    assert "Traceback" not in second.stderr


def test_tests_that_need_the_cluster_for_themselves_are_refused_at_once(loop: RunningLoop) -> None:
    refused = subprocess.run(["./dev", "test"], cwd=loop.folder, capture_output=True, text=True, timeout=120)
    assert refused.returncode == 1
    assert "error: a loop keeps the stack deployed (" in refused.stderr
    assert str(loop.folder) in refused.stderr
    assert "== lint" not in refused.stdout


def test_status_finds_the_loop_of_the_cluster_on_its_own_port(loop: RunningLoop) -> None:
    told = subprocess.run(["./dev", "status", "--json"], cwd=loop.folder, capture_output=True, text=True, timeout=120)
    found = json.loads(told.stdout)["loop"]
    assert (found["port"], str(loop.folder) in found["holder"]) == (loop.port, True)
    assert {"backend", "frontend"} <= {row["name"] for row in found["resources"]}


def test_the_e2e_tests_run_at_the_press_of_a_button(loop: RunningLoop) -> None:
    assert loop.resource("e2e")["manual"]
    assert loop.press("e2e")
    loop.until(lambda: loop.resource("e2e")["status"] in ("ok", "error"), "the tests have run")
    assert loop.resource("e2e")["status"] == "ok", loop.log("e2e")[-20:]
