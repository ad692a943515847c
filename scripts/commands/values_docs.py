"""`./dev values-docs`: writes the reference of the chart's values."""

from __future__ import annotations

import argparse

from scripts import values_reference
from scripts.core import text
from scripts.core.paths import ROOT
from scripts.images import CHART

FILE = ROOT / "docs" / "values.md"


def configure(parser: argparse.ArgumentParser) -> None:
    """It has no options."""


def run(args: argparse.Namespace) -> int:
    FILE.write_text(content())
    print(f"written: {FILE.relative_to(ROOT)}")
    return 0


def content() -> str:
    """The reference of this checkout's chart."""
    schema = values_reference.read_schema(text.read(CHART / "values.schema.json"))
    return values_reference.reference(text.read(CHART / "values.yaml"), schema)
