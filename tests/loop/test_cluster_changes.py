"""What somebody else changes in the cluster shows in the rows, and can be taken back from the page or by a save."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scripts.bench.edits import Probe
from scripts.kube.api import collection
from tests.e2e.deployed import Deployed
from tests.loop import outside
from tests.loop.outside import POSTGRES
from tests.loop.running_loop import Edits, RunningLoop, put_back

TOOLS = "mcp_server/todo_mcp/tools.py"
VALUES = "charts/todo-stack/values-dev.yaml"
MCP_SERVER = "deployments", "todo-mcp-server"


def sleeper_elsewhere(image: str) -> dict[str, Any]:
    labels = {"app": "elsewhere"}
    container = {"name": "sleeper", "image": image, "command": ["sleep", "infinity"]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "elsewhere", "namespace": "todo-elsewhere"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"terminationGracePeriodSeconds": 1, "containers": [container]},
            },
        },
    }


def is_not_green(loop: RunningLoop, name: str, *words: str) -> bool:
    """Whether a row is not green, and its text has all the words."""
    row = loop.resource(name)
    return row["status"] != "ok" and all(word in row["detail"] for word in words)


def test_an_image_that_somebody_set_and_that_cannot_be_pulled_is_red_with_the_reason(
    loop: RunningLoop, stack: Deployed
) -> None:
    with outside.image_set(stack, *POSTGRES, "nope"):
        loop.until(lambda: is_not_green(loop, "backend"), "the backend without a database is not green")
        loop.until_red("postgres", "ImagePull", "todo-postgres-0")
        assert is_not_green(loop, "backend")
        assert loop.press("postgres")
        loop.until(loop.green, "the button has put the image back")
    loop.until(loop.green, "all is green")


@pytest.mark.parametrize("shown", [True, False], ids=["after it was shown", "before it was shown"])
def test_an_image_tag_that_does_not_exist_heals_when_it_is_reverted(
    loop: RunningLoop, edits: Edits, stack: Deployed, shown: bool
) -> None:
    def started() -> bool:
        pod = stack.kube.find(f"{collection('v1', 'pods', stack.namespace)}/todo-postgres-0")
        return pod is not None and pod["spec"]["containers"][0]["image"].endswith(":nope")

    try:
        edits.replace(VALUES, "postgres:\n", "postgres:\n  image: {tag: nope}\n")
        if shown:
            loop.until_red("postgres", "ImagePull", "nope")
        else:
            loop.until(started, "a pod has the tag")
        edits.undo()
        loop.until(loop.green, "what the reverted tag names is served")
    finally:
        edits.undo()
        outside.replace_stuck(stack)


def test_a_database_scaled_to_zero_is_not_green_and_comes_back_by_its_button(
    loop: RunningLoop, stack: Deployed
) -> None:
    with outside.scaled_to_zero(stack, "postgres", *POSTGRES):
        loop.until(lambda: is_not_green(loop, "postgres", "todo-postgres"), "the row names what is scaled to 0")
        loop.until(lambda: is_not_green(loop, "backend"), "the backend without a database is not green")
        assert loop.press("postgres")
        loop.until(loop.green, "the button has brought it back")
        assert stack.pods("postgres")
    loop.until(loop.green, "all is green")


def test_a_deleted_deployment_is_named_and_comes_back_with_the_next_save(
    loop: RunningLoop, edits: Edits, stack: Deployed, probe: Probe
) -> None:
    with outside.deleted(stack, *MCP_SERVER):
        loop.until(lambda: is_not_green(loop, "mcp-server", "todo-mcp-server"), "the row names what is gone")
        edits.replace(TOOLS, "Add one task to the user's list.", "Note it.")
        loop.until_served("mcp-server")
        assert probe.revision("mcp-server") == loop.sources("mcp-server")


def test_a_deleted_deployment_comes_back_by_its_button(loop: RunningLoop, stack: Deployed, probe: Probe) -> None:
    with outside.deleted(stack, *MCP_SERVER):
        loop.until(lambda: is_not_green(loop, "mcp-server", "todo-mcp-server"), "the row names what is gone")
        assert loop.press("mcp-server")
        loop.until_served("mcp-server")
        assert probe.revision("mcp-server") == loop.sources("mcp-server")


def test_a_quota_that_allows_no_more_pods_is_named_and_heals_when_it_is_gone(
    loop: RunningLoop, edits: Edits, stack: Deployed
) -> None:
    with outside.pod_quota(stack, len(stack.pods())):
        edits.touch("mcp_server/requirements.txt")
        loop.until(lambda: is_not_green(loop, "mcp-server", "exceeded quota"), "the quota is named")
    loop.until_served("mcp-server")
    put_back(loop, edits, "mcp-server")


def test_a_deployment_in_another_namespace_is_deployed_and_proved_as_well(
    loop: RunningLoop, edits: Edits, stack: Deployed
) -> None:
    ours = stack.kube.find(outside.workload(stack, *MCP_SERVER))
    assert ours is not None
    image = ours["spec"]["template"]["spec"]["containers"][0]["image"]
    with outside.namespace(stack, "todo-elsewhere"):
        edits.write("elsewhere.json", json.dumps(sleeper_elsewhere(image)))
        edits.write("Tiltfile", edits.path("Tiltfile").read_text() + "k8s_yaml('elsewhere.json')\n")
        try:
            loop.until(lambda: loop.resource("elsewhere").get("status") == "ok", "it is green")
            found = stack.kube.find("/apis/apps/v1/namespaces/todo-elsewhere/deployments/elsewhere")
            assert found is not None and found["status"]["readyReplicas"] == 1
        finally:
            edits.undo()
            loop.until(lambda: not loop.resource("elsewhere"), "the loop has forgotten it")
