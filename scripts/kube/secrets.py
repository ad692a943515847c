"""The Secrets of a cluster, whose values must not show up anywhere."""

from __future__ import annotations

from scripts.core.scrubber import Scrubber
from scripts.kube.api import Kube, collection


def learn_secrets(kube: Kube, namespace: str, scrubber: Scrubber) -> None:
    """Learn the Secrets that a namespace has now. Raises ApiError if the cluster does not list them."""
    path = collection("v1", "secrets", namespace)
    for secret in kube.call("list the Secrets to be kept out of logs", "GET", path)["items"]:
        scrubber.learn_secret(secret)
