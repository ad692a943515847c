"""One spelling for addresses and passwords that look the same: keyboards differ in how they compose an é."""

import unicodedata


def normal_address(address: str) -> str:
    """NFKC, in lower case. Stored and compared in this form."""
    lowered = unicodedata.normalize("NFKC", address).lower()
    return unicodedata.normalize("NFKC", lowered)


def normal_password(password: str) -> str:
    """NFKC, as NIST SP 800-63B advises for what is typed and not shown."""
    return unicodedata.normalize("NFKC", password)
