"""YAML with scalars as Kubernetes reads them, by the rules of sigs.k8s.io/yaml (`resolve.go` of go.yaml.in/yaml/v2).

PyYAML makes a date of 2026-11-27, 750 of 12:30, text of 1e3 and 0o17, and an error of a lone =.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml

# By libyaml where PyYAML was built with it, as its wheels are: a rendered chart takes a tenth of the time.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SafeDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_TAG = "tag:yaml.org,2002:"
_BOOL = {"y": True, "yes": True, "true": True, "on": True, "n": False, "no": False, "false": False, "off": False}
_CASED = "|".join(form for word in _BOOL for form in (word, word.capitalize(), word.upper()))
_INT = r"[-+]?(?:0|[1-9][0-9_]*|0[bB]_*[01][01_]*|0[oO]?_*[0-7][0-7_]*|0[xX]_*[0-9a-fA-F][0-9a-fA-F_]*)"
_NUMBER = r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?"
_SPECIAL = r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
# What plain text is, by what it may begin with; of two that fit the first holds.
_PLAIN = (
    ("null", r"|~|null|Null|NULL", ("", *"~nN")),
    ("bool", _CASED, "yYtToOnNfF"),
    ("int", _INT, "-+0123456789"),
    ("float", rf"{_NUMBER}|{_SPECIAL}", "-+.0123456789"),
    ("merge", "<<", "<"),
)
_RESOLVERS: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
for _kind, _pattern, _beginnings in _PLAIN:
    for _beginning in _beginnings:
        _RESOLVERS.setdefault(_beginning, []).append((_TAG + _kind, re.compile(rf"(?:{_pattern})\Z")))


def _bool(loader: Any, node: Any) -> bool:
    return _BOOL[loader.construct_scalar(node).lower()]


def _int(loader: Any, node: Any) -> int:
    digits = loader.construct_scalar(node).replace("_", "")
    return int(digits, 8 if re.match("[-+]?0[0-7]", digits) else 0)


def _checked(tag: str, construct: Callable[[Any, Any], object]) -> Callable[[Any, Any], object]:
    """The same, but the error for what only its tag calls so, as `!!int abc`, has its place."""

    def checked(loader: Any, node: Any) -> object:
        try:
            return construct(loader, node)
        except (ValueError, LookupError):
            what = f"{node.value!r} is no !!{tag}"
            raise yaml.constructor.ConstructorError(None, None, what, node.start_mark) from None

    return checked


_JSON = [None, *(_TAG + kind for kind in ("null", "bool", "int", "float", "str", "seq", "map"))]  # None: refuses others
_CONSTRUCTORS = {tag: _SafeLoader.yaml_constructors[tag] for tag in _JSON}
_NARROW = {"bool": _bool, "int": _int, "float": _CONSTRUCTORS[f"{_TAG}float"]}
_CONSTRUCTORS |= {f"{_TAG}{tag}": _checked(tag, construct) for tag, construct in _NARROW.items()}

Loader: Any = type(
    "Loader", (_SafeLoader,), {"yaml_implicit_resolvers": _RESOLVERS, "yaml_constructors": _CONSTRUCTORS}
)
Dumper: Any = type("Dumper", (_SafeDumper,), {"yaml_implicit_resolvers": _RESOLVERS})
