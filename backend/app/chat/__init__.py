"""The assistant: conversations, the loop that calls MCP tools, and the two models that can drive it."""
