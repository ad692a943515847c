"""Argon2 hashing off the event loop, a few at a time since each needs its memory."""

from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from app.auth.fair_queue import FairQueue
from app.auth.spelling import normal_password


class Passwords:
    """Parameters follow OWASP's password storage sheet (19 MiB, 2 passes, 1 lane): they fit a small pod."""

    def __init__(self, concurrency: int = 2) -> None:
        self._queue = FairQueue(concurrency)
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._limiter = CapacityLimiter(concurrency)
        self._dummy = self._hasher.hash("the password of nobody")

    def waiting(self) -> int:
        """How many wait for their turn."""
        return self._queue.waiting()

    async def hash(self, password: str, asker: str) -> str:
        """Of its normal spelling. Askers take turns, by account or address."""
        async with self._queue.turn(asker):
            return await to_thread.run_sync(
                self._hasher.hash, normal_password(password), limiter=self._limiter
            )

    async def verify(self, password: str, stored: str | None, asker: str) -> str | None:
        """The spelling that matches, or None.

        Takes as long for an unknown account (`stored` is None) as for a wrong password. Askers take turns.
        """
        async with self._queue.turn(asker):
            # Hashes that were made before spellings were unified are of the password as it was typed then.
            for spelling in dict.fromkeys((normal_password(password), password)):
                matches = await to_thread.run_sync(
                    self._matches, stored or self._dummy, spelling, limiter=self._limiter
                )
                if matches and stored is not None:
                    return spelling
            return None

    def is_outdated(self, stored: str, matching: str) -> bool:
        """Whether to hash the password again, which matches in the spelling `matching`."""
        return matching != normal_password(matching) or self._hasher.check_needs_rehash(stored)

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False
