"""Kubernetes' own schemas of objects, each read once: the library reads a megabyte again for every object."""

from __future__ import annotations

from functools import cache

import kubernetes_validate
from kubernetes_validate import utils

from tests.chart.helm import Object

utils.schema_contents = cache(utils.schema_contents)
utils.all_versions = cache(utils.all_versions)

NEWEST: str = kubernetes_validate.latest_version()


def validate(item: Object, version: str = NEWEST) -> None:
    """ValidationError if the API of this version has no such field, or takes no such value."""
    kubernetes_validate.validate(item, version, strict=True)
