"""Something that can be removed, and is made again if it is needed after all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True)
class Leftover:
    """`kind` is the heading that it is shown under; `size` in bytes, None where it is known only
    when it is removed. `remove` raises UserError or OSError."""

    kind: str
    name: str
    size: int | None
    remove: Callable[[], object]


def gigabytes(size: float) -> str:
    return f"{size / 1e9:.2f} GB" if size >= 1e7 else f"{size / 1e6:.1f} MB"


def render(found: Sequence[Leftover]) -> str:
    """A heading with the sum for each kind, and its names below."""
    lines = []
    for kind, group in groupby(found, lambda leftover: leftover.kind):
        items = list(group)
        lines.append(f"{kind}: {len(items)}, {together(items)}")
        lines += [f"  {item.name}" for item in items]
    if any(item.size is not None for item in found):
        lines.append(f"together {together(found)}")
    return "\n".join(lines)


def together(found: Sequence[Leftover]) -> str:
    """Their sizes, as far as they are known."""
    known = [item.size for item in found if item.size is not None]
    if not known:
        return "size known when it is removed"
    return f"{'at least ' if len(known) < len(found) else ''}{gigabytes(sum(known))}"
