"""Log lines of the service: one format, no probe noise."""

import logging

PROBES = ("/health", "/ready", "/metrics")


def configure(level: str) -> None:
    """Log at `level` to stderr; successful probes and each outgoing request stay out of it."""
    logging.basicConfig(format="%(levelname)s:     %(name)s: %(message)s")
    logging.getLogger().setLevel(level.upper())
    for noisy in ("httpx2", "httpcore2", "mcp", "openai"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").addFilter(_is_worth_a_line)


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    # uvicorn's access record: client, method, path, HTTP version, status
    if not isinstance(record.args, tuple) or len(record.args) != 5:
        return True
    path, status = str(record.args[2]), record.args[4]
    return path not in PROBES or status != 200
