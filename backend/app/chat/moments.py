"""Dates and times in words, as a person reads them."""

from datetime import datetime, time, tzinfo

MOMENTS = ("due_at", "due_after", "due_before")
"""The arguments of tools that are moments; a model writes them as the clocks of the user show them."""
END_OF_DAY = time(23, 59)
"""When a task is due that is due on a day, without a time."""


def zone_of(moment: str) -> tzinfo | None:
    """The offset that the moment is written with."""
    try:
        return datetime.fromisoformat(moment).tzinfo
    except ValueError:
        return None


def with_offset(moment: str, zone: tzinfo) -> str:
    """A date and time without an offset gets that of the zone on that day; all else stays as it is."""
    try:
        at = datetime.fromisoformat(moment) if "T" in moment else None
    except ValueError:
        return moment
    return moment if at is None or at.tzinfo else at.replace(tzinfo=zone).isoformat()


def is_same_moment(one: str, other: str) -> bool:
    """In whatever zones they are written; what is no moment is the same as itself only."""
    try:
        return datetime.fromisoformat(one) == datetime.fromisoformat(other)
    except ValueError:
        return one == other


def in_words(moment: datetime | str, zone: tzinfo | None = None) -> str:
    """As in "Fri 27 Nov 2026, 17:00", in the zone or else as it is written; UTC is named.

    What is no moment, as a model may write it, stays as it is.
    """
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            return str(moment)
    moment = moment if zone is None else moment.astimezone(zone)
    words = f"{moment:%a} {moment.day} {moment:%b %Y}"
    if moment.time() != END_OF_DAY:
        words += f", {moment:%H:%M}"
    return words if moment.utcoffset() else f"{words} UTC"
