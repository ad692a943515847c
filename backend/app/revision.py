"""The revision of the running source: a hash over the files that a live update can change."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

SERVICE_DIR = Path(__file__).resolve().parent.parent
SOURCE_ROOTS = ("app", "migrations")


def current_revision(service_dir: Path = SERVICE_DIR) -> str:
    """What the image build has recorded in REVISION, else what the source tree hashes to."""
    recorded = service_dir / "REVISION"
    if recorded.is_file():
        return recorded.read_text(encoding="ascii").strip()
    return source_revision(service_dir)


def source_revision(service_dir: Path, roots: Iterable[str] = SOURCE_ROOTS) -> str:
    """12 hex digits of sha256 over `path NUL sha256(content) LF`, paths sorted bytewise."""
    lines = {}
    for path in _source_files(service_dir, roots):
        name = path.relative_to(service_dir).as_posix().encode()
        lines[name] = name + b"\0" + hashlib.sha256(path.read_bytes()).hexdigest().encode() + b"\n"
    return hashlib.sha256(b"".join(lines[name] for name in sorted(lines))).hexdigest()[:12]


def _source_files(service_dir: Path, roots: Iterable[str]) -> Iterator[Path]:
    for root in roots:
        top = service_dir / root
        for path in [top] if top.is_file() else top.rglob("*"):
            if path.is_file() and not any(map(_is_skipped, path.relative_to(service_dir).parts)):
                yield path


def _is_skipped(component: str) -> bool:
    return (
        component in ("__pycache__", "node_modules")
        or component.startswith(".")
        or component.endswith(("~", ".pyc"))
    )


if __name__ == "__main__":
    print(source_revision(SERVICE_DIR))
