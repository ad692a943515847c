"""MCP tools for a user's tasks: a typed adapter over the todo REST API."""

__version__ = "0.2.0"
