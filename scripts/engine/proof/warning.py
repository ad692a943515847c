"""Why something does not come up, in the cluster's own words: its warning events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scripts.kube.api import Kube, collection
from scripts.kube.errors import ApiError
from scripts.kube.pod import Object

# Others, such as a failed probe or a back-off, follow from what a pod's status says better.
REASONS = frozenset({"FailedCreate", "FailedMount", "FailedAttachVolume", "FailedScheduling", "FailedCreatePodSandBox",
                     "ProvisioningFailed", "Evicted"})  # fmt: skip
ASK_SECONDS = 2.0


class WarningEvents:
    """Asks at most every ASK_SECONDS: events cost the server more than other reads."""

    def __init__(self, kube: Kube) -> None:
        self._kube = kube
        self._asked = 0.0
        self._latest = ""

    def latest(self, objects: Iterable[Object], now: float) -> str:
        """The newest warning about any of these objects, as `StatefulSet web: FailedCreate: …`; "" if there is none."""
        if now - self._asked >= ASK_SECONDS:
            self._asked = now
            latest = [max(found, key=_time) for item in objects if (found := self._events(item))]
            standing = [event for event in latest if event.get("reason") in REASONS]  # others got over it
            newest = max(standing, key=_time, default={})
            self._latest = _sentence(newest) if newest else ""
        return self._latest

    def _events(self, item: Object) -> list[dict[str, Any]]:
        meta = item["metadata"]
        path = collection("v1", "events", meta["namespace"])
        query = {"fieldSelector": f"involvedObject.uid={meta['uid']}"}
        try:
            answer = self._kube.call(f"list the events of {meta['name']}", "GET", path, query=query)
        except ApiError:
            return []  # it only explains what is known otherwise
        return list(answer["items"])


def _time(event: dict[str, Any]) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime"))


def _sentence(event: dict[str, Any]) -> str:
    about = event["involvedObject"]
    message = " ".join(str(event.get("message", "")).split())
    return f"{about['kind']} {about['name']}: {event['reason']}: {message}"
