"""/health and /ready. Both speak for this process alone: tools report a backend that is away themselves."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from todo_mcp import __version__


def routes(revision: str) -> list[Route]:
    """Probe routes; they take no token and answer to any Host, as a kubelet calls by IP address."""
    health_answer = {"status": "ok", "service": "mcp-server", "version": __version__, "revision": revision}

    async def health(_request: Request) -> JSONResponse:
        return JSONResponse(health_answer)

    # The backend does not count: it calls this service, and two that wait for each other never get ready.
    async def ready(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ready"})

    return [Route("/health", health), Route("/ready", ready)]
