"""Traces, sent to the OTLP endpoint that the environment names; without one nothing is loaded or sent.

The other Python service has the same file.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager


def is_wanted() -> bool:
    """Whether OpenTelemetry's own variables name an endpoint for traces, and do not turn it off."""
    env = os.environ
    endpoint = env.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or env.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    disabled = env.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return bool(endpoint) and not disabled and env.get("OTEL_TRACES_EXPORTER") != "none"


@contextmanager
def exported(service: str) -> Iterator[None]:
    """Send the spans that end while the block runs, if that is wanted, under the service's name or
    OTEL_SERVICE_NAME."""
    if not is_wanted():
        yield
        return
    from .otlp import start

    finish = start(service)
    try:
        yield
    finally:
        finish()
