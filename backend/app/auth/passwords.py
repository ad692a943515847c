"""Argon2 hashing off the event loop, a few at a time since each needs its memory."""

from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError


class Passwords:
    """Parameters follow OWASP's password storage sheet (19 MiB, 2 passes, 1 lane): they fit a small pod."""

    def __init__(self, concurrency: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._limiter = CapacityLimiter(concurrency)
        self._dummy = self._hasher.hash("the password of nobody")

    async def hash(self, password: str) -> str:
        return await to_thread.run_sync(self._hasher.hash, password, limiter=self._limiter)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Takes as long for an unknown account (`stored` is None) as for a wrong password."""
        matches = await to_thread.run_sync(
            self._matches, stored or self._dummy, password, limiter=self._limiter
        )
        return matches and stored is not None

    def is_outdated(self, stored: str) -> bool:
        return self._hasher.check_needs_rehash(stored)

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False
