"""Kubernetes objects in YAML, read as Kubernetes does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.tiltfile.documents import documents, written
from tests.unit.tiltfile.tiltfiles import error, load, workload

OBJECT = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: thing}\nspec:\n  given: "
# As sigs.k8s.io/yaml answers, which kubectl and Tilt use.
SCALARS = [
    ("2026-11-27", "2026-11-27"),
    ("2026-11-27T10:00:00Z", "2026-11-27T10:00:00Z"),
    ("12:30", "12:30"),
    ("1:30.5", "1:30.5"),
    ("=", "="),
    ("[=, '!=']", ["=", "!="]),
    ("1e3", 1000),
    ("1e+06", 1000000),
    ("-.5", -0.5),
    ("1.", 1),
    ("1.2.3", "1.2.3"),
    ("0", 0),
    ("-1", -1),
    ("08", 8),
    ("017", 15),
    ("-0o17", -15),
    ("0x1F", 31),
    ("0b11", 3),
    ("1_000", 1000),
    ("y", True),
    ("Yes", True),
    ("ON", True),
    ("n", False),
    ("off", False),
    ("oN", "oN"),
    ("~", None),
    ("", None),
    ("'1e3'", "1e3"),
    ("!!str 017", "017"),
    ("{true: 1, 2: b}", {"true": 1, "2": "b"}),
]


@pytest.mark.parametrize(("text", "expected"), SCALARS, ids=[text for text, _ in SCALARS])
def test_a_scalar_is_what_kubernetes_takes_it_for(tmp_path: Path, text: str, expected: Any) -> None:
    (tmp_path / "thing.yaml").write_text(OBJECT + text)
    (thing,) = workload(load(tmp_path, "k8s_yaml('thing.yaml')\n"), "uncategorized").objects
    assert json.loads(json.dumps(thing))["spec"]["given"] == expected


def test_what_is_written_is_read_as_it_was() -> None:
    found = [item for text, _ in SCALARS for item in documents(OBJECT + text)]
    texts = ["1e3", "0o17", "y", "12:30", "=", "<<", ".inf", "2026-11-27"]
    found += [({"kind": "Thing", "text": text}, "x") for text in texts] + [({"number": 1e300}, "x")]
    assert list(documents(written(found))) == found


def test_a_name_that_kubernetes_does_not_take_for_text_is_refused(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: y}\n"
    assert "a ConfigMap has no metadata.name that is a string" in error(tmp_path, f"k8s_yaml({text!r})\n")


@pytest.mark.parametrize(("tag", "text"), [("bool", "maybe"), ("int", "abc"), ("float", "abc"), ("float", "''")])
def test_a_scalar_that_is_not_what_its_tag_says_is_named_with_its_place(tmp_path: Path, tag: str, text: str) -> None:
    (tmp_path / "thing.yaml").write_text(f"{OBJECT}!!{tag} {text}")
    found = error(tmp_path, "k8s_yaml('thing.yaml')\n")
    value = text.strip("'")
    assert f"/Tiltfile:1: k8s_yaml: '{value}' is no !!{tag}" in found
    assert "line 5, column 10" in found


def test_a_value_that_json_has_no_form_for_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "thing.yaml").write_text(OBJECT + "!!set {a, b}")
    found = error(tmp_path, "k8s_yaml('thing.yaml')\n")
    assert "/Tiltfile:1: k8s_yaml: could not determine a constructor for the tag" in found
    assert "line 5, column 10" in found
