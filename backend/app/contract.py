"""The OpenAPI document: FastAPI's, with every error that a route can answer declared as a problem."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

METHODS = {"get", "put", "post", "patch", "delete"}
MEDIA_TYPE = "application/problem+json"
PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


class Problem(BaseModel):
    """An error by RFC 9457; some have more members, such as `errors` with the fields of a request."""

    type: str
    title: str
    status: int
    detail: str


def install(app: FastAPI) -> None:
    """Errors of its own a route declares by status alone, as in `responses={409: {}}`."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    schemas = document["components"]["schemas"]
    schemas["Problem"] = Problem.model_json_schema()
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method in METHODS:
                _declare_errors(path, operation)
    return document


def _declare_errors(path: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    declared = {status for status in responses if int(status) >= 400}
    for status in sorted(declared | {str(status) for status in _errors(path, operation)}):
        responses[status] = {"description": HTTPStatus(int(status)).phrase, "content": PROBLEM}


def _errors(path: str, operation: dict[str, Any]) -> set[int]:
    """Those that follow from what a route asks for."""
    found = {500, 503}
    if operation.get("parameters"):
        found.add(422)
    if "requestBody" in operation:
        found |= {400, 413, 422}
    if "security" in operation:
        found.add(401)
    if "{user_id}" in path:
        found.add(403)
    if path.count("{") > path.count("{user_id}"):
        found.add(404)
    return found
