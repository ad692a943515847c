"""What can go wrong, in the words of the domain; problems.py gives each its HTTP status."""

from typing import Any


class DomainError(Exception):
    """Carries one line for the caller, and fields that a client can act on."""

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class Unauthenticated(DomainError):
    """No token, or one that does not verify."""


class Forbidden(DomainError):
    """A verified caller asks for a path that names somebody else."""


class NotFound(DomainError):
    """The row does not exist, or belongs to another user."""


class Conflict(DomainError):
    """The request contradicts what is stored."""


class Invalid(DomainError):
    """A value that cannot be used; `detail` begins with the name of its field."""


class TooManyRequests(DomainError):
    """The caller asks more often than is allowed."""

    def __init__(self, detail: str, *, retry_after: int) -> None:
        """`retry_after` is in seconds."""
        super().__init__(detail, retry_after=retry_after)


class UpstreamRefused(DomainError):
    """A service that the request needs answered, with an error that a retry does not cure."""


class Unavailable(DomainError):
    """A service that the request needs does not answer now."""
