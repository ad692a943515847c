"""The imports of a source tree, and checks of them. The code is parsed, not executed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Graph = Mapping[str, frozenset[str]]
"""Module → the modules of the same tree that it imports, including imports in functions and for types only."""


@dataclass(frozen=True)
class Tree:
    """`lines` of each module, by dotted name; a package's name stands for its `__init__.py`."""

    imports: Graph
    lines: Mapping[str, int]


def read(root: Path, package: str) -> Tree:
    """Parse every module of `package`, a folder in `root`."""
    files = {_module(file.relative_to(root)): file for file in sorted((root / package).rglob("*.py"))}
    texts = {name: file.read_text() for name, file in files.items()}
    imports = {}
    for name, text in texts.items():
        parent = name if files[name].name == "__init__.py" else name.rpartition(".")[0]
        imports[name] = frozenset(_imported(ast.parse(text), parent, frozenset(files))) - {name}
    return Tree(imports, {name: len(text.splitlines()) for name, text in texts.items()})


def _module(relative: Path) -> str:
    parts = relative.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(code: ast.AST, parent: str, known: frozenset[str]) -> Iterator[str]:
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = parent.split(".")[: len(parent.split(".")) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            for alias in node.names:
                if (module := f"{base}.{alias.name}") in known:
                    yield module
                elif base in known:
                    yield base


def circles(graph: Graph) -> list[tuple[str, ...]]:
    """Groups of two or more names that can all reach each other."""
    reach = {name: _reachable(graph, name) for name in graph}
    found = {tuple(sorted({name} | {other for other in reach[name] if name in reach.get(other, ())})) for name in graph}
    return sorted(group for group in found if len(group) > 1)


def _reachable(graph: Graph, start: str) -> set[str]:
    seen: set[str] = set()
    todo = list(graph[start])
    while todo:
        if (name := todo.pop()) not in seen:
            seen.add(name)
            todo += graph.get(name, ())
    return seen


def inside(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def part(name: str, package: str) -> str:
    """The package or module directly under `package` that a module belongs to; "" for `package` itself."""
    return name.removeprefix(package).removeprefix(".").partition(".")[0]


def parts(graph: Graph, package: str) -> Graph:
    """The imports between the parts of `package`, without its own `__init__`."""
    found: dict[str, set[str]] = {}
    for name, imported in graph.items():
        if here := part(name, package) if inside(name, package) else "":
            there = {part(other, package) for other in imported if inside(other, package)}
            found.setdefault(here, set()).update(there - {here, ""})
    return {name: frozenset(others) for name, others in found.items()}


def arrows(graph: Graph) -> list[str]:
    return sorted(f"{name} → {other}" for name, others in graph.items() for other in others)


def imports_leaving(graph: Graph, package: str, allowed: Iterable[str]) -> list[str]:
    """Imports from inside `package` of modules that are neither in it nor in one of the `allowed` packages."""
    allowed = (package, *allowed)
    return _edges(
        graph,
        lambda name, other: inside(name, package) and not any(inside(other, each) for each in allowed),
    )


def imports_entering(graph: Graph, package: str, allowed: Iterable[str] = ()) -> list[str]:
    """Imports from outside of modules inside `package`. The package itself may be imported by anyone, its modules only
    by the `allowed` ones."""
    allowed = frozenset(allowed)
    return _edges(
        graph,
        lambda name, other: (
            other != package and inside(other, package) and not inside(name, package) and name not in allowed
        ),
    )


def imports_returning(graph: Graph, package: str) -> list[str]:
    """Imports of the package itself, its public names, from inside it."""
    return _edges(graph, lambda name, other: other == package and inside(name, package))


def upward(graph: Graph, order: Sequence[Iterable[str]]) -> list[str]:
    """Arrows that do not lead to a later group of `order`, and names that have no place in it."""
    place = {name: number for number, group in enumerate(order) for name in group}
    lost = [f"{name} has no place in the order" for name in sorted(graph) if name not in place]
    return lost + _edges(graph, lambda name, other: name in place and other in place and place[name] >= place[other])


def _edges(graph: Graph, wrong: Callable[[str, str], bool]) -> list[str]:
    return sorted(f"{name} → {other}" for name, others in graph.items() for other in others if wrong(name, other))


def longer_than(tree: Tree, limit: int) -> list[str]:
    return [f"{name}: {lines} lines" for name, lines in sorted(tree.lines.items()) if lines > limit]


def total_lines(tree: Tree, package: str) -> int:
    return sum(lines for name, lines in tree.lines.items() if inside(name, package))
