"""Decides the contents of the development Secret from the given values, the existing Secret and the database."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scripts.core.errors import UserError
from scripts.default_secrets import is_default_password, is_known_default
from scripts.stack import DATABASE_CLAIM, SECRET

PASSWORD_LENGTH = 32
KEY_LENGTH = 48  # HS256 needs at least 32 bytes


@dataclass(frozen=True)
class Item:
    """A key of the Secret and the variable (in .env or the environment) that sets it."""

    key: str
    variable: str


PASSWORD = Item("postgres-password", "TODO_POSTGRES_PASSWORD")
JWT = Item("jwt-keys", "TODO_JWT_KEYS")
OPENAI = Item("openai-api-key", "OPENAI_API_KEY")
ITEMS = (PASSWORD, JWT, OPENAI)


@dataclass(frozen=True)
class Decision:
    """The new values of the Secret and, for each key, where its value comes from (in words, without the value)."""

    values: Mapping[str, str]
    origins: Mapping[str, str]
    warnings: tuple[str, ...] = ()


def random_text(length: int) -> str:
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(length))


def decide(
    given: Mapping[str, str],
    existing: Mapping[str, str],
    *,
    database_exists: bool,
    generate: Callable[[int], str] = random_text,
) -> Decision:
    """`given` is keyed by variable, `existing` by Secret key. The password of an existing database never changes. A
    model key given as "" removes the existing one.

    Raises UserError if the database's volume exists but its password is lost, for JWT keys that the backend would
    reject, and for such a password where there is no database yet that has it.
    """
    values: dict[str, str] = {}
    origins: dict[str, str] = {}
    warnings: list[str] = []

    def take(item: Item, fallback: Callable[[], str]) -> None:
        asked = given.get(item.variable)
        if asked:
            values[item.key], origins[item.key] = asked, f"from {item.variable}"
        elif item.key in existing and asked is None:
            values[item.key], origins[item.key] = existing[item.key], "kept"
        else:
            values[item.key], origins[item.key] = fallback(), "generated"

    take(PASSWORD, lambda: generate(PASSWORD_LENGTH))
    old = existing.get(PASSWORD.key)
    if old is not None and values[PASSWORD.key] != old:
        if database_exists:
            values[PASSWORD.key], origins[PASSWORD.key] = old, "kept"
            warnings.append(
                f"{PASSWORD.variable} differs from the password of the existing database in {DATABASE_CLAIM}: "
                "kept the old one (./dev down --volumes deletes that database and its data)"
            )
    elif old is None and database_exists and origins[PASSWORD.key] == "generated":
        raise UserError(
            f"the database in {DATABASE_CLAIM} exists, but Secret {SECRET} with its password does not",
            f"set {PASSWORD.variable} to its password, or delete the database and its data: ./dev down --volumes",
        )
    if is_default_password(values[PASSWORD.key]):
        if not database_exists:
            what = f"{PASSWORD.variable}: the value is a well-known default, which the backend refuses"
            raise UserError(what, "set it to another one")
        warnings.append(
            f"the password of the existing database in {DATABASE_CLAIM} is a well-known default, with which the "
            "backend does not start: change it as docs/operations.md says, or delete the database and its data: "
            "./dev down --volumes"
        )
    take(JWT, lambda: f"k1:{generate(KEY_LENGTH)}")
    _check_jwt_keys(values[JWT.key])
    take(OPENAI, lambda: "")
    if not values[OPENAI.key]:
        origins[OPENAI.key] = "empty: the rule-based assistant answers"
    return Decision(values, origins, tuple(warnings))


def _check_jwt_keys(keys: str) -> None:
    names: set[str] = set()
    for number, entry in enumerate(keys.split(","), 1):
        kid, colon, secret = entry.strip().partition(":")
        if not kid or not colon or len(secret) < 32:
            raise UserError(
                f"{JWT.variable}: key {number} is not `name:secret` with a secret of 32 characters or more",
                "fix it, or remove the variable to have a key generated",
            )
        if is_known_default(secret):
            what = f"{JWT.variable}: the secret of key {number} is a well-known default, which the backend refuses"
            raise UserError(what, "make one with `openssl rand -hex 32`")
        if kid in names:
            raise UserError(f"{JWT.variable}: key {number} repeats an earlier name", "give each key its own name")
        names.add(kid)
