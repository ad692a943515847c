"""What loops pushed into the registry of the embedded node more than a week ago."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from scripts.leftovers.leftover import Leftover

KIND = "images in the cluster's registry"
DAYS = 7  # of OLD and of forget-images
STORAGE = "/var/lib/todo-node/images/registry"
OLD = (
    "find", f"{STORAGE}/docker/registry/v2/repositories", "-type", "d", "-path", "*/_manifests/tags/tilt-*",
    "-prune", "-mtime", f"+{DAYS}",
)  # fmt: skip
FORGET = "/usr/local/lib/todo-node/forget-images /run/todo-node/registry.yaml"
# The registry must not run while its blobs are removed; it starts again whatever happens.
COLLECT = (
    f"supervisorctl stop registry >/dev/null; {FORGET}; ended=$?; supervisorctl start registry >/dev/null; exit $ended"
)

NodeExec = Callable[..., str]


def find(node_exec: NodeExec, days: int = DAYS) -> list[Leftover]:
    """One for all. Empty where `days` are more than the node's own."""
    if days > DAYS:
        return []
    count = len(node_exec("sh", "-c", " ".join([*map(_quoted, OLD), "2>/dev/null || true"])).split())
    if not count:
        return []
    what = f"{count} tags, with the layers that only these have"
    return [Leftover(KIND, what, None, partial(node_exec, "sh", "-c", COLLECT))]


def size(node_exec: NodeExec) -> int:
    """Bytes that the registry has on the disk."""
    return int(node_exec("du", "-s", "-B1", STORAGE).split()[0])


def _quoted(word: str) -> str:
    return f"'{word}'" if "*" in word else word
