"""What kind of trouble a resource is in, from the reason that its row gives. Pure.

The reasons are the cluster's own words, put into sentences by scripts/engine/proof; its tests go through both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kind:
    """A kind of trouble: `code` is the exit status of ./dev ci, `about` what it means."""

    name: str
    code: int
    about: str


OTHER = Kind("other", 1, "something that has no kind of its own")
MACHINE = Kind("machine", 10, "the machine or the cluster cannot be used")
TILTFILE = Kind("tiltfile", 11, "the Tiltfile is wrong, or a command in it failed")
BUILD = Kind("build", 12, "an image does not build")
REFUSED = Kind("refused", 13, "the cluster refuses an object that the Tiltfile describes")
IMAGE_NAME = Kind("image-name", 20, "the name of an image is not valid")
IMAGE = Kind("image", 21, "an image cannot be pulled")
CONFIGURATION = Kind("configuration", 22, "a Secret or a ConfigMap, or a key in one, is missing")
CRASH = Kind("crash", 23, "a container keeps ending, or cannot be started")
MIGRATION = Kind("migration", 24, "the database cannot be migrated")
SCHEDULING = Kind("scheduling", 25, "no node takes a pod")
VOLUME = Kind("volume", 26, "a volume is not bound, or cannot be mounted")
QUOTA = Kind("quota", 27, "the cluster refuses a pod: a quota, a limit or a policy")
UNREADY = Kind("unready", 28, "a service runs, but is not ready or serves another revision")
TESTS = Kind("tests", 30, "the end-to-end tests fail")

KINDS = (
    OTHER, MACHINE, TILTFILE, BUILD, REFUSED, IMAGE_NAME, IMAGE, CONFIGURATION, CRASH, MIGRATION, SCHEDULING, VOLUME,
    QUOTA, UNREADY, TESTS,
)  # fmt: skip

# The first pattern that a reason has decides. Those of an init container that migrates come before those of others.
PATTERNS: tuple[tuple[str, Kind], ...] = (
    (r"^the build of .* failed: ", BUILD),
    (r"no answer from the cluster", MACHINE),
    (r"InvalidImageName", IMAGE_NAME),
    (r"ErrImage\w*|ImagePullBackOff", IMAGE),
    (r"CreateContainerConfigError|FailedMount: .*\b(?:secret|configmap)\b.*not found"
     r"|FailedMount: .*non-existent (?:secret|config)", CONFIGURATION),
    (r"FailedMount|FailedAttachVolume|ProvisioningFailed|(?i:persistentvolumeclaim)|volume node affinity"
     r"|available persistent volumes", VOLUME),
    (r"exceeded quota|FailedCreate\b|cannot create its pods", QUOTA),
    (r"cannot be scheduled|FailedScheduling", SCHEDULING),
    (r"container migrate of pod|`[^`]*\balembic |\balembic\.", MIGRATION),
    (r"keeps ending with|CrashLoopBackOff|RunContainerError|CreateContainerError|Evicted|^pod \S+ failed", CRASH),
    (r"^could not apply ", REFUSED),
    # The last one is of an error in the service's log, with its place.
    (r"is not served|is not ready|does not load|does not compile|is not in the cluster|\(\S+:\d+\)$", UNREADY),
)  # fmt: skip


def kind_of(resource_kind: str, reason: str) -> Kind:
    """`resource_kind` is that of the row: k8s, local or tiltfile."""
    if resource_kind == "tiltfile":
        return TILTFILE
    if resource_kind == "local":
        return TESTS
    return next((kind for pattern, kind in PATTERNS if re.search(pattern, reason)), OTHER)


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a resource, and the end of its log."""

    resource: str
    kind: Kind
    reason: str
    log: tuple[str, ...] = ()


def troubles(
    rows: Iterable[Mapping[str, Any]], errors: Iterable[tuple[str, str]], logs: Mapping[str, Iterable[str]]
) -> list[Trouble]:
    """Of each resource that is not green."""
    kinds = {str(row["name"]): str(row["kind"]) for row in rows}
    return [
        Trouble(name, kind_of(kinds.get(name, ""), reason), reason, tuple(logs.get(name, ())))
        for name, reason in errors
    ]


def first(found: Iterable[Trouble]) -> Kind:
    """The kind that the run ends with: of what comes first on the way to a green stack, as the others may follow."""
    return min((trouble.kind for trouble in found), key=lambda kind: (kind is OTHER, kind.code), default=OTHER)
