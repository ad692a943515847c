"""Kubernetes' amounts of memory and processors, such as 384Mi and 500m, as numbers."""

from __future__ import annotations

import re

UNITS = {"": 1, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
AMOUNT = re.compile(r"(\d+(?:\.\d+)?)([A-Za-z]*)")


def number(text: str) -> float:
    """In bytes, or in processors. Raises ValueError for what is no amount."""
    found = AMOUNT.fullmatch(text)
    if not found or found[2] not in UNITS:
        raise ValueError(f"{text!r} is not an amount such as 384Mi or 500m")
    return float(found[1]) * UNITS[found[2]]


def mebibytes(size: float) -> str:
    return f"{size / 2**20:.0f}"
