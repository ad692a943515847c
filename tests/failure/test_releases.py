"""A release that goes wrong takes no request with it, and the one before it comes back."""

from __future__ import annotations

import json
import signal
import subprocess

import pytest

from scripts.core.paths import ROOT
from tests.failure.conftest import Watch
from tests.failure.release import NAMESPACE, Release, eventually


@pytest.mark.everyday
def test_an_image_that_does_not_exist_is_rolled_back(release: Release, watch: Watch) -> None:
    with watch.no_request_fails("image that does not exist, rollback"):
        release.run(
            "helm", "upgrade", "todo", "charts/todo-stack", "-n", NAMESPACE, "--reset-then-reuse-values",
            "--set-string", "backend.image.tag=does-not-exist,frontend.image.tag=does-not-exist",
        )  # fmt: skip
        eventually(lambda: waiting(release, "backend") and waiting(release, "frontend"), "the images are asked for")
        release.rollback()


def waiting(release: Release, component: str) -> bool:
    """Whether a pod of a component waits for an image that cannot be had."""
    reasons = {
        status["state"].get("waiting", {}).get("reason")
        for pod in release.pods(component)
        for status in pod["status"].get("initContainerStatuses", []) + pod["status"].get("containerStatuses", [])
    }
    return bool(reasons & {"ErrImagePull", "ImagePullBackOff"})


def test_an_upgrade_whose_helm_was_killed_is_rolled_back(release: Release, watch: Watch) -> None:
    before = set(release.stack.every_pod())
    with watch.no_request_fails("helm killed, rollback, upgrade"):
        helm = subprocess.Popen(
            ["helm", "upgrade", "todo", "charts/todo-stack", "-n", NAMESPACE, "--reset-then-reuse-values", "--wait",
             "--set", "backend.podAnnotations.helm=killed,frontend.podAnnotations.helm=killed"],
            cwd=ROOT, env=release.env, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        eventually(lambda: bool(set(release.stack.every_pod()) - before), "helm has changed the release")
        helm.send_signal(signal.SIGKILL)
        assert helm.wait() == -signal.SIGKILL, "helm ended before it was killed"
        *_, (deployed, state), (_, interrupted) = history(release)
        assert (state, interrupted) == ("deployed", "pending-upgrade")
        # Until then `helm upgrade` is refused, as another operation seems to be in progress.
        release.helm("rollback", "todo", str(deployed))
        release.upgrade("backend.podAnnotations.helm=again")
    assert history(release)[-1][1] == "deployed"


def history(release: Release) -> list[tuple[int, str]]:
    """The number and the state of each of the release's revisions, the oldest first."""
    listed = release.run("helm", "history", "todo", "-n", NAMESPACE, "-o", "json")
    return [(revision["revision"], revision["status"]) for revision in json.loads(listed)]
