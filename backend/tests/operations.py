"""The operations of the OpenAPI document, and a usable request for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from servers import KEYS

from app.application import create_app
from app.contract import METHODS
from app.settings import Settings

DOCUMENT = create_app(Settings.load(database_url="postgresql://nobody@nowhere/none", jwt_keys=KEYS)).openapi()
WORDS = "hello"
SAMPLES: dict[str, Any] = {"string": WORDS, "boolean": True, "integer": 1}


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    details: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def needs_token(self) -> bool:
        return "security" in self.details

    @property
    def is_of_a_user(self) -> bool:
        return "{user_id}" in self.path

    def names(self, ids: Mapping[str, Any]) -> set[str]:
        """Which of these a request tells, in its path or its body."""
        return {name for name in ids if f"{{{name}}}" in self.path or name in self._fields()}

    def request(self, ids: Mapping[str, Any], user_id: str = "me") -> dict[str, Any]:
        """The arguments of a client's `request`, with those of the ids that the operation takes."""
        headers = {
            parameter["name"]: ids[parameter["name"]]
            for parameter in self.details.get("parameters", [])
            if parameter["in"] == "header"
        }
        url = self.path.format(user_id=user_id, **ids)
        body = self._body(ids) if "requestBody" in self.details else None
        return {"method": self.method, "url": url, "json": body, "headers": headers}

    def _body(self, ids: Mapping[str, Any]) -> dict[str, Any]:
        """What is required, the ids, and words to say."""
        schema, fields = self._schema(), self._fields()
        wanted = {*schema.get("required", []), *(fields.keys() & {*ids, "message"})}
        return {name: ids[name] if name in ids else SAMPLES[_type(fields[name])] for name in wanted}

    def _fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = self._schema().get("properties", {})
        return fields

    def _schema(self) -> dict[str, Any]:
        if "requestBody" not in self.details:
            return {}
        schema: dict[str, Any] = self.details["requestBody"]["content"]["application/json"]["schema"]
        for reference in [option.get("$ref") for option in schema.get("anyOf", [schema])]:
            if reference:
                schema = DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]]
        return schema


def _type(field: Mapping[str, Any]) -> str:
    kind: str = field.get("type") or field["anyOf"][0]["type"]
    return kind


OPERATIONS = [
    Operation(method.upper(), path, details)
    for path, operations in DOCUMENT["paths"].items()
    for method, details in operations.items()
    if method in METHODS
]
