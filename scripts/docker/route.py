"""How an image that was built here gets to where a cluster pulls it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

RouteKind = Literal["registry", "docker-env", "kind-load", "k3d-import"]


@dataclass(frozen=True)
class ImageRoute:
    """How an image built here gets to where the cluster pulls it.

    `push_host` is the registry as this machine reaches it, `pull_host` as the cluster does (both "" without a
    registry). Where `by_host_only`, images there are pulled only by names that begin with `pull_host`; else what lies
    there below `library/` is also what the cluster gets for names without a host. `cluster` is the name by which a
    loader (kind, k3d) knows the cluster; `env` what docker needs in its environment; `why` the evidence for all this.
    """

    kind: RouteKind
    push_host: str = ""
    pull_host: str = ""
    by_host_only: bool = False
    cluster: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
