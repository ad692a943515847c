"""YAML is evaluated while it is being written: whatever a value is at the moment, the answer is an error with a place,
or resources, but never a crash."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.core.errors import UserError
from tests.unit.tiltfile.tiltfiles import load, write

STACK = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      initContainers: [{name: migrate, image: "shop-web:1"}]
      containers: [{name: web, image: shop-web}]
---
apiVersion: v1
kind: Service
metadata: {name: web-service, namespace: shop}
spec: {selector: {app: web}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec: {jobTemplate: {spec: {template: {spec: {containers: [{image: shop-web}]}}}}}
"""
VALUES: tuple[object, ...] = (None, 5, "x", [], ["x"], [None], {}, {"x": None})


def places(value: Any) -> Iterator[list[Any]]:
    """The paths of all values inside a value."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield [key]
        yield from ([key, *rest] for rest in places(value[key]))


def variants() -> Iterator[tuple[str, str]]:
    documents = list(yaml.safe_load_all(STACK))
    for path in places(documents):
        for value in VALUES:
            changed = copy.deepcopy(documents)
            parent: Any = changed
            for key in path[:-1]:
                parent = parent[key]
            parent[path[-1]] = value
            yield f"{path} = {value!r}", yaml.safe_dump_all(changed)


def test_any_value_anywhere_is_understood_or_an_error_with_its_place(tmp_path: Path) -> None:
    write(tmp_path, {"web/Dockerfile": "FROM scratch\n"})
    text = "docker_build('shop-web', 'web')\nk8s_yaml('stack.yaml')\nk8s_resource('nightly', labels=['x'])\n"
    outcomes = {"fine": 0, "error": 0}
    for what, stack in variants():
        (tmp_path / "stack.yaml").write_text(stack)
        try:
            load(tmp_path, text)
            outcomes["fine"] += 1
        except UserError as error:
            assert f"{tmp_path}/Tiltfile:" in str(error), what
            assert "bug in the engine" not in str(error), what
            outcomes["error"] += 1
        except Exception as error:
            pytest.fail(f"{what}: {type(error).__name__}: {error}")
    assert min(outcomes.values()) >= 50
