"""Tokens that are signed, not stored: HS256 JWTs, signed by the first key of a ring and verified by any."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from time import time
from typing import Any
from uuid import UUID, uuid4

import jwt

from app.default_secrets import is_known_default
from app.errors import Unauthenticated
from app.settings import ConfigurationError

ISSUER = "todo-stack"
ACCESS, REFRESH = "todo-api", "todo-refresh"
"""Audiences: a token for one use is refused for the other."""
ALGORITHM = "HS256"
MIN_SECRET_LENGTH = 32
CLOCK_LEEWAY_SECONDS = 10
ASSISTANT = "assistant"
KNOWN_TOKENS = 1000
"""Tokens whose signature is not verified again, those used last."""


@dataclass(frozen=True)
class AccessClaims:
    """`session` is None in the tokens of the assistant, and of 0.1.0, which live 12 hours."""

    user_id: UUID
    session: UUID | None
    by_assistant: bool


@dataclass(frozen=True)
class RefreshClaims:
    session: UUID
    generation: int


class Keyring:
    """Keys by id. To rotate, put a new key first and drop the old one when its last token has expired."""

    def __init__(self, keys: dict[str, str]) -> None:
        self._keys = keys
        self._signing = next(iter(keys))
        # A client sends the same token with each request until it expires.
        self._verified = lru_cache(KNOWN_TOKENS)(self._verify)

    @classmethod
    def parse(cls, spec: str) -> "Keyring":
        """Read `kid:secret[,kid:secret…]`."""
        keys: dict[str, str] = {}
        for entry in filter(None, (part.strip() for part in spec.split(","))):
            kid, separator, secret = entry.partition(":")
            if not (kid and separator):
                raise ConfigurationError("TODO_JWT_KEYS must look like kid:secret[,kid:secret…]")
            if len(secret) < MIN_SECRET_LENGTH:
                raise ConfigurationError(
                    f"TODO_JWT_KEYS: the secret of key {kid!r} is shorter than {MIN_SECRET_LENGTH} characters"
                )
            if is_known_default(secret):
                raise ConfigurationError(
                    f"TODO_JWT_KEYS: the secret of key {kid!r} is a well-known default, with which anybody "
                    "could sign tokens; make one with `openssl rand -hex 32`"
                )
            if kid in keys:
                raise ConfigurationError(f"TODO_JWT_KEYS names key {kid!r} twice")
            keys[kid] = secret
        if not keys:
            raise ConfigurationError("TODO_JWT_KEYS has no key: it must look like kid:secret[,kid:secret…]")
        return cls(keys)

    def access_token(self, user_id: UUID, session: UUID, seconds: int) -> str:
        return self._signed(ACCESS, seconds, sub=str(user_id), sid=str(session))

    def assistant_token(self, user_id: UUID, seconds: int) -> str:
        """For the tool calls of one chat turn; it opens nothing but the tasks of this user."""
        return self._signed(ACCESS, seconds, sub=str(user_id), act=ASSISTANT)

    def refresh_token(self, session: UUID, generation: int, seconds: int) -> str:
        return self._signed(REFRESH, seconds, sid=str(session), gen=generation)

    def read_access_token(self, token: str, *, even_expired: bool = False) -> AccessClaims:
        """Raises Unauthenticated."""
        claims = self._claims(token, ACCESS, even_expired)
        try:
            session = UUID(claims["sid"]) if "sid" in claims else None
            return AccessClaims(UUID(claims["sub"]), session, claims.get("act") == ASSISTANT)
        except (KeyError, ValueError, AttributeError):
            raise Unauthenticated("The token is not valid. Log in again.") from None

    def read_refresh_token(self, token: str) -> RefreshClaims:
        """Raises Unauthenticated."""
        claims = self._claims(token, REFRESH)
        return RefreshClaims(UUID(claims["sid"]), int(claims["gen"]))

    def _signed(self, audience: str, seconds: int, **claims: Any) -> str:
        now = datetime.now(UTC)
        claims |= {
            "iss": ISSUER,
            "aud": audience,
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + timedelta(seconds=seconds),
        }
        return jwt.encode(claims, self._keys[self._signing], ALGORITHM, headers={"kid": self._signing})

    def _claims(self, token: str, audience: str, even_expired: bool = False) -> Mapping[str, Any]:
        try:
            claims = self._verified(token, audience)
        except (jwt.PyJWTError, ValueError):
            raise Unauthenticated("The token is not valid. Log in again.") from None
        if not even_expired and int(claims["exp"]) <= time() - CLOCK_LEEWAY_SECONDS:
            raise Unauthenticated("The token has expired. Log in again.")
        return claims

    def _verify(self, token: str, audience: str) -> Mapping[str, Any]:
        """The claims of a token that one of the keys signed for this audience, even if it has expired."""
        key = self._keys.get(jwt.get_unverified_header(token).get("kid", ""))
        if key is None:
            raise jwt.InvalidKeyError("no key of the ring signed this")
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=audience,
            leeway=CLOCK_LEEWAY_SECONDS,
            options={"require": ["exp", "iat"], "verify_exp": False},
        )
        return claims
