"""The MCP server's series: requests, and calls of tools."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from prometheus_client import Histogram

from todo_mcp.exporter import new_registry, request_durations


class Metrics:
    """docs/observability.md lists them. No label has a value that a client can make up."""

    def __init__(self) -> None:
        self.registry = new_registry()
        self.requests = request_durations(self.registry)
        self._tool_calls = Histogram(
            "todo_tool_call_duration_seconds",
            "Time of calls of tools, by tool and outcome: done, refused with a sentence, or failed.",
            ["tool", "outcome"],
            registry=self.registry,
        )

    @contextmanager
    def tool_call(self, tool: str) -> Iterator[None]:
        """Observe the block, which makes one call of a tool."""
        started = perf_counter()
        outcome = "failed"
        try:
            yield
            outcome = "done"
        except ToolError as error:
            outcome = "failed" if isinstance(error, UnexpectedToolError) else "refused"
            raise
        finally:
            self._tool_calls.labels(tool, outcome).observe(perf_counter() - started)
