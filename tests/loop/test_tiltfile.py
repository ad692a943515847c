"""What the Tiltfile and the chart may hold, beside what ours do."""

from __future__ import annotations

from tests.e2e.deployed import Deployed
from tests.loop.outside import workload
from tests.loop.running_loop import Edits, RunningLoop

BACKEND_YAML = "charts/todo-stack/templates/backend.yaml"


def test_what_the_tiltfile_prints_is_in_its_log(loop: RunningLoop, edits: Edits) -> None:
    edits.write("Tiltfile", edits.path("Tiltfile").read_text() + 'print("hello")\n')
    loop.until(lambda: "hello" in loop.log("(Tiltfile)"), "the log has what was printed")
    loop.until(loop.green, "all is green")


def test_a_backup_that_sed_left_in_the_chart_is_not_deployed(loop: RunningLoop, edits: Edits, stack: Deployed) -> None:
    def log_level() -> str:
        found = stack.kube.find(f"/api/v1/namespaces/{stack.namespace}/configmaps/todo-backend")
        assert found is not None
        return str(found["data"]["TODO_LOG_LEVEL"])

    def definitions() -> int:
        """Generations of the Deployment so far: one more for each change of it."""
        found = stack.kube.find(workload(stack, "deployments", "todo-backend"))
        assert found is not None
        return int(found["metadata"]["generation"])

    text = edits.path(BACKEND_YAML).read_text()
    edits.write(f"{BACKEND_YAML}.bak", text)
    edits.write(BACKEND_YAML, text.replace("$values.logLevel", '"DEBUG"'))
    loop.until(lambda: log_level() == "DEBUG", "what the chart says now is deployed")
    loop.until(loop.green, "all is green")
    assert log_level() == "DEBUG"

    before = definitions()
    edits.undo()
    loop.until(lambda: log_level() == "INFO", "the chart is as it was")
    loop.until(loop.green, "all is green")
    assert definitions() == before + 1
