"""`python -m todo_mcp`: serve until SIGTERM."""

from todo_mcp.main import main

main()
