"""Turns every error into an RFC 9457 problem whose `detail` is one readable line."""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from app import errors, request_ids
from app.db import is_other_schema, is_outage, is_read_only, took_too_long

logger = logging.getLogger(__name__)

STATUS_OF: dict[type[errors.DomainError], int] = {
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Invalid: 422,
    errors.TooManyRequests: 429,
    errors.UpstreamRefused: 502,
    errors.Unavailable: 503,
}
# What fails unexpectedly ends the connection, of which a client that keeps one has to know.
HEADERS_OF = {
    401: {"WWW-Authenticate": "Bearer"},
    500: {"Connection": "close"},
    503: {"Retry-After": "5"},
}


def problem(
    status: int, detail: str, *, headers: Mapping[str, str] | None = None, **extra: Any
) -> JSONResponse:
    """A problem document; `extra` members stand beside the standard ones."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **extra,
    }
    return JSONResponse(
        body,
        status_code=status,
        headers={**HEADERS_OF.get(status, {}), **(headers or {})},
        media_type="application/problem+json",
    )


def install(app: FastAPI) -> None:
    """Register the handlers."""

    @app.exception_handler(HTTPException)
    async def http_error(_request: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, str(error.detail), headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid_request(_request: Request, error: RequestValidationError) -> JSONResponse:
        found = [_field(item) for item in error.errors()]
        detail = "; ".join(f"{item['field']}: {item['message']}" for item in found)
        return problem(422, detail, errors=found)

    @app.exception_handler(errors.DomainError)
    @app.exception_handler(SQLAlchemyError)
    @app.exception_handler(psycopg.Error)
    @app.exception_handler(Exception)
    async def failure(request: Request, error: Exception) -> JSONResponse:
        return answer_to(request, error)


def answer_to(request: Request, error: Exception) -> JSONResponse:
    """What the caller gets to know of an error, and the log of an unexpected one."""
    if isinstance(error, errors.DomainError):
        after = error.extra.get("retry_after")
        headers = {"Retry-After": str(after)} if after is not None else None
        return problem(STATUS_OF[type(error)], error.detail, headers=headers, **error.extra)
    where = f"{request.method} {request.url.path}"
    if isinstance(error, SQLAlchemyError | psycopg.Error) and took_too_long(error):
        logger.warning("%s: the database took too long: %s", where, _line(error))
        return problem(503, "The database took too long for this. Try again in a few seconds.")
    if isinstance(error, SQLAlchemyError | psycopg.Error) and is_read_only(error):
        logger.warning("%s: the database takes no changes: %s", where, _line(error))
        return problem(503, "The database takes no changes at the moment. Try again in a few seconds.")
    if isinstance(error, SQLAlchemyError | psycopg.Error) and is_other_schema(error):
        logger.error("%s: the database is of another version: %s", where, _line(error))
        return problem(503, "The database is of another version at the moment. Try again in a few seconds.")
    if isinstance(error, SQLAlchemyError | psycopg.Error) and is_outage(error):
        logger.warning("%s: the database does not answer: %s", where, _line(error))
        return problem(503, "The database does not answer. Try again in a few seconds.")
    logger.error("%s failed", where, exc_info=error)
    # Starlette sends this from outside of the middleware that gives all other answers their id.
    headers = request_ids.headers()
    return problem(500, "The server failed on this request. Its log has the reason.", headers=headers)


def document_of(request: Request, error: Exception) -> dict[str, Any]:
    """The same as a problem document alone, where a response has begun."""
    document: dict[str, Any] = json.loads(bytes(answer_to(request, error).body))
    return document


def _field(error: Mapping[str, Any]) -> dict[str, str]:
    place = error["loc"]
    if error["type"] == "json_invalid":  # the place is an offset
        return {"field": "body", "message": f"is not JSON: {error['ctx']['error']}"}
    if error["type"] == "extra_forbidden":
        return {"field": ".".join(map(str, place[1:])), "message": "is not a field that is known here"}
    message = _no_object(error) or _text_length(error) or error["msg"].removeprefix("Value error, ")
    return {"field": ".".join(map(str, place[1:])) or str(place[0]), "message": message}


def _no_object(error: Mapping[str, Any]) -> str | None:
    if error["type"] != "model_attributes_type":
        return None
    # FastAPI leaves a body as bytes where its type is not JSON's.
    is_unnamed = isinstance(error.get("input"), bytes)
    return "must be sent with Content-Type: application/json" if is_unnamed else "must be a JSON object"


def _text_length(error: Mapping[str, Any]) -> str | None:
    """For a text, which Pydantic takes for a value with items behind a validator of ours."""
    if not isinstance(error.get("input"), str):
        return None
    match error["type"]:
        case "too_long":
            return f"String should have at most {error['ctx']['max_length']} characters"
        case "too_short":
            least = error["ctx"]["min_length"]
            return f"String should have at least {least} {'character' if least == 1 else 'characters'}"
    return None


def _line(error: BaseException) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split())
