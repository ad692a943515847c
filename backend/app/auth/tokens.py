"""Bearer tokens: HS256 JWTs signed by the first key of a ring and verified by any."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import jwt

from app.errors import Unauthenticated
from app.settings import ConfigurationError

ISSUER = "todo-stack"
AUDIENCE = "todo-api"
ALGORITHM = "HS256"
MIN_SECRET_LENGTH = 32
CLOCK_LEEWAY_SECONDS = 10


class Keyring:
    """Keys by id. To rotate, put a new key first and drop the old one when its last token has expired."""

    def __init__(self, keys: dict[str, str], lifetime_seconds: int) -> None:
        self._keys = keys
        self._signing = next(iter(keys))
        self.lifetime_seconds = lifetime_seconds

    @classmethod
    def parse(cls, spec: str, lifetime_seconds: int) -> "Keyring":
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
            if kid in keys:
                raise ConfigurationError(f"TODO_JWT_KEYS names key {kid!r} twice")
            keys[kid] = secret
        if not keys:
            raise ConfigurationError("TODO_JWT_KEYS has no key: it must look like kid:secret[,kid:secret…]")
        return cls(keys, lifetime_seconds)

    def issue(self, user_id: UUID) -> str:
        now = datetime.now(UTC)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + timedelta(seconds=self.lifetime_seconds),
        }
        return jwt.encode(claims, self._keys[self._signing], ALGORITHM, headers={"kid": self._signing})

    def subject(self, token: str) -> UUID:
        """The user that the token was issued to; raises Unauthenticated."""
        try:
            key = self._keys.get(jwt.get_unverified_header(token).get("kid", ""))
            if key is None:
                raise jwt.InvalidKeyError("no key of the ring signed this")
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                leeway=CLOCK_LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "sub"]},
            )
            return UUID(claims["sub"])
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("The token has expired. Log in again.") from None
        except (jwt.PyJWTError, ValueError):
            raise Unauthenticated("The token is not valid. Log in again.") from None
