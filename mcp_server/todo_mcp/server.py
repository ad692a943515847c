"""The SDK's server, with arguments taken as sent, unknown ones refused, and errors told in one sentence."""

from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import FuncMetadata
from mcp_types import CallToolResult, InputRequiredResult
from pydantic import ValidationError

from todo_mcp.arguments import LISTS
from todo_mcp.metrics import Metrics


class Verbatim(FuncMetadata):
    """A tool's arguments as they were sent.

    The SDK parses every text that is JSON, which makes a title of "null" none at all. Only LISTS are parsed
    here: some clients send a list as a text.
    """

    def pre_parse_json(self, data: dict[str, Any]) -> dict[str, Any]:
        parsed = super().pre_parse_json({name: data[name] for name in data.keys() & LISTS})
        return data | {name: value for name, value in parsed.items() if isinstance(value, list)}


class TodoServer(MCPServer[Any]):
    def __init__(self, *, tools: list[Tool], metrics: Metrics, **options: Any) -> None:
        for tool in tools:
            # Else the SDK drops what a tool does not know: asked for, and never done.
            tool.parameters["additionalProperties"] = False
            tool.fn_metadata = Verbatim(**dict(tool.fn_metadata))
        super().__init__("todo", tools=tools, **options)
        self._metrics = metrics
        self._known = {tool.name: set(tool.parameters["properties"]) for tool in tools}

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        with self._metrics.tool_call(name if name in self._known else "other"):
            return await self._call_tool(name, arguments, context)

    async def _call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None
    ) -> CallToolResult | InputRequiredResult:
        known = self._known.get(name)
        if known is not None and (unknown := sorted(arguments.keys() - known)):
            names = ", ".join(repr(argument) for argument in unknown)
            raise ToolError(f"{name} has no argument {names}. It takes: {', '.join(sorted(known))}.")
        try:
            return await super().call_tool(name, arguments, context)
        except UnexpectedToolError:
            raise
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                raise ToolError(_sentence(error.__cause__)) from None
            raise ToolError(str(error).removeprefix(f"Error executing tool {name}: ")) from error.__cause__


def _sentence(error: ValidationError) -> str:
    """As in "title: String should have at most 200 characters." Values are the user's own: not repeated."""
    return f"{'; '.join(_line(item['loc'], item['msg']) for item in error.errors(include_input=False))}."


def _line(place: tuple[int | str, ...], message: str) -> str:
    return f"{place[0]}: {message}" if place else message
