"""The revision of the running source: equal revisions mean equal code, on a laptop and in the cluster."""

import hashlib
from pathlib import Path

SERVICE_DIR = Path(__file__).resolve().parent.parent
SOURCE_ROOTS = ("todo_mcp",)


def current(service_dir: Path = SERVICE_DIR) -> str:
    """The revision that the image was built from, else that of the source as it is now."""
    baked = service_dir / "REVISION"
    return baked.read_text(encoding="ascii").strip() if baked.is_file() else of_source(service_dir)


def of_source(service_dir: Path) -> str:
    """12 hex digits of sha256 over `path NUL sha256(content) LF` of every file, paths in bytewise order."""
    whole = hashlib.sha256()
    for name in sorted(_names(service_dir), key=str.encode):
        content = hashlib.sha256((service_dir / name).read_bytes()).hexdigest()
        whole.update(f"{name}\0{content}\n".encode())
    return whole.hexdigest()[:12]


def _names(service_dir: Path) -> list[str]:
    found = (path for root in SOURCE_ROOTS for path in (service_dir / root).rglob("*") if path.is_file())
    relative = (path.relative_to(service_dir) for path in found)
    return [path.as_posix() for path in relative if not any(map(_skipped, path.parts))]


def _skipped(part: str) -> bool:
    return part in {"__pycache__", "node_modules"} or part.startswith(".") or part.endswith(("~", ".pyc"))


if __name__ == "__main__":
    print(of_source(SERVICE_DIR))
