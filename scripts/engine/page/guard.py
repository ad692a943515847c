"""Which requests the page answers: those that a browser on this machine sends for the page itself. Pure."""

from __future__ import annotations

from email.message import Message

LOCAL = ("localhost", "127.0.0.1", "[::1]")
OURS = ("X-Todo-Stack", "page")

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


def refusal(headers: Message, *, changes: bool) -> str:
    """Why a request is refused, "" if it is not. `changes`: it wants something done.

    The names of headers are the same in every case, which is why they come as the message that was read.

    A foreign name that resolves to this machine is an attack (DNS rebinding). Any website can have a browser post here,
    but not with a header of its own, which is asked for first, and not from this origin.
    """
    host = headers.get("Host") or ""
    if _name(host) not in LOCAL:
        return "this page is only for this machine"
    origin, site = headers.get("Origin"), headers.get("Sec-Fetch-Site")
    foreign = (origin is not None and origin != f"http://{host}") or site not in (None, "same-origin", "none")
    if changes and (foreign or headers.get(OURS[0]) != OURS[1]):
        return "the buttons work only from this page"
    return ""


def _name(host: str) -> str:
    return host if host.endswith("]") else host.rsplit(":", 1)[0]
