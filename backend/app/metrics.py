"""The backend's series: requests, what the assistant did, the database pool and the queue of logins."""

from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from app.auth.passwords import Passwords
from app.exporter import new_registry, request_durations

MODEL_SECONDS = (0.25, 0.5, 1, 2.5, 5, 10, 20, 30)


class Metrics:
    """docs/observability.md lists them. No label has a value that a client can make up."""

    def __init__(self) -> None:
        self.registry = new_registry()
        self.requests = request_durations(self.registry)
        self.chat_turns = Counter(
            "todo_chat_turns_total",
            "Chat turns by who answered and how they ended.",
            ["by", "outcome"],
            registry=self.registry,
        )
        self.model_replies = Histogram(
            "todo_model_reply_duration_seconds",
            "Time that the language model took for one reply, by how that ended.",
            ["outcome"],
            buckets=MODEL_SECONDS,
            registry=self.registry,
        )
        self.tool_calls = Histogram(
            "todo_chat_tool_call_duration_seconds",
            "Time of the assistant's calls of MCP tools, by tool and whether it did what was asked.",
            ["tool", "ok"],
            registry=self.registry,
        )
        self.rate_limited = Counter(
            "todo_rate_limited_total",
            "Requests refused by a rate limit.",
            ["limit"],
            registry=self.registry,
        )

    def watch_pool(self, engine: AsyncEngine) -> None:
        """Tell the connections of an engine to its database; all in use means that requests wait for one."""
        pool = engine.sync_engine.pool
        assert isinstance(pool, QueuePool)
        connections = Gauge(
            "todo_database_connections",
            "Connections of the pool, by state.",
            ["state"],
            registry=self.registry,
        )
        connections.labels("in_use").set_function(pool.checkedout)
        connections.labels("idle").set_function(pool.checkedin)
        most = Gauge(
            "todo_database_connections_max",
            "Connections that the pool opens at most.",
            registry=self.registry,
        )
        most.set(pool.size())

    def watch_logins(self, passwords: Passwords) -> None:
        waiting = Gauge(
            "todo_login_queue_waiting",
            "Logins and registrations that wait for their turn to hash a password.",
            registry=self.registry,
        )
        waiting.set_function(passwords.waiting)
