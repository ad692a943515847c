"""Secrets that are no secrets, since they stand in documentation, templates and tutorials."""

import re

# From jwt.io, the FastAPI tutorial and Django's checks.
PUBLISHED = frozenset(
    (
        "your-256-bit-secret",
        "a-string-secret-at-least-256-bits-long",
        "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    )
)
# Long enough not to come up in a random secret.
_TELLING = re.compile(r"change|default|example|insecure|password|production|replace|secret", re.IGNORECASE)
_WORDS = re.compile(
    r"django-insecure|changeit|changeme|change|this|default|development|example|insecure|jwt|keys?|password|"
    r"please|postgres|production|replace|secrets?|super|test|todo|token|your|in|me|my|the|to|[\W_]|\d",
    re.IGNORECASE,
)
ENOUGH_OF_ITS_OWN = 16
PASSWORDS = frozenset(("changeme", "changethis", "password", "postgres", "secret", "example"))


def is_known_default(secret: str) -> bool:
    """Whether a signing key is published, or little but the words that placeholders are made of."""
    if secret.lower() in PUBLISHED:
        return True
    return _TELLING.search(secret) is not None and len(_WORDS.sub("", secret)) < ENOUGH_OF_ITS_OWN


def is_default_password(password: str) -> bool:
    return re.sub(r"[\W_]", "", password).lower() in PASSWORDS
