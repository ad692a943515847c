"""The development server on PORT: every saved file is served, see todo_mcp.reload."""

import os
import sys

from todo_mcp.reload.supervisor import serve
from todo_mcp.revision import SERVICE_DIR, of_source

if __name__ == "__main__":
    port = int(os.environ.get("PORT") or 8080)
    sys.exit(serve("todo_mcp.main:app", ["todo_mcp"], lambda: of_source(SERVICE_DIR), port))
