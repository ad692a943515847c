"""Log lines of the service: one format, each with the id of its request, and no probe noise.

The other Python service has the same file.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Literal

from .request_ids import current

Format = Literal["text", "json"]

PROBES = ("/health", "/ready")
# They tell of each request that is made, or what is loaded, or repeat what a tool told the model: titles.
NOISY = (
    "httpx2",
    "httpcore2",
    "mcp.client",
    "mcp.server.mcpserver.server",
    "openai",
    "alembic.runtime.plugins",
)


def configure(level: str, form: Format) -> None:
    """Log at `level` to stderr, as text for people or as one JSON object a line. Successful probes and each
    outgoing request stay out of it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if form == "json" else Text())
    logging.basicConfig(handlers=[handler])
    logging.getLogger().setLevel(level.upper())
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # Otherwise uvicorn's own handlers write its lines in another format.
    for name in ("uvicorn", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.getLogger("uvicorn.access").addFilter(_without_query)


class Text(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(levelname)s:     %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        request_id = current.get()
        return super().formatMessage(record) + (f" (request {request_id})" if request_id else "")


class Json(logging.Formatter):
    """With the names that the frontend's lines have."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := current.get():
            line["request_id"] = request_id
        if record.name == "uvicorn.access" and _is_access(record):
            _, line["method"], line["path"], _, line["status"] = record.args  # type: ignore[misc]
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def _without_query(record: logging.LogRecord) -> bool:
    """Nor are queries of the access log written: they may hold what a user searches for."""
    if not _is_access(record):
        return True
    client, method, path, version, status = record.args  # type: ignore[misc]
    path = str(path).partition("?")[0]
    record.args = (client, method, path, version, status)
    return path not in PROBES or status != 200


def _is_access(record: logging.LogRecord) -> bool:
    # uvicorn's access record: client, method, path, HTTP version, status
    return isinstance(record.args, tuple) and len(record.args) == 5
