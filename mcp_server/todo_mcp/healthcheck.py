"""Exits 0 if the service on this machine answers /health: the image's HEALTHCHECK, where there is no curl."""

import os
import sys
from http.client import HTTPConnection, HTTPException

if __name__ == "__main__":
    # Asks no proxy, unlike urllib.
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 8080), timeout=2)
    try:
        connection.request("GET", "/health")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        sys.exit(f"mcp-server: /health does not answer: {error}")
    sys.exit(0 if status == 200 else f"mcp-server: /health answers {status}")
