"""Probes: /health speaks for the process alone, /ready for the database behind it."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from app import __version__
from app.problems import problem

router = APIRouter()


@router.get("/health")
async def health(request: Request) -> dict[str, str]:
    """Never asks the database: a restart of this process would not help the database."""
    return {
        "status": "ok",
        "service": "backend",
        "version": __version__,
        "revision": request.app.state.revision,
    }


@router.get("/ready")
async def ready(request: Request) -> JSONResponse:
    """200, or a 503 problem whose detail is the reason."""
    reason = await request.app.state.readiness.reason()
    if reason is not None:
        return problem(503, f"Not ready: {reason}")
    return JSONResponse({"status": "ready"})
