"""Times on the wire: integer milliseconds, RFC-1123 text, and plain text for chunks."""

from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache

from typing_extensions import TypedDict

KEPT = 4096
"""How many dates are remembered: lists show the same ones again and again."""


class Dates(TypedDict):
    """When something was made and last changed, in ms, and as text."""

    create_time: int
    create_date: str
    update_time: int
    update_date: str


def http_date(milliseconds: int) -> str:
    """Return a time in ms since the epoch as `Thu, 24 Oct 2024 09:45:27 GMT`."""
    return date_of_second(milliseconds // 1000)


@lru_cache(KEPT)
def date_of_second(seconds: int) -> str:
    """Return a time in s since the epoch in the same form."""
    return formatdate(seconds, usegmt=True)


def dates(created: int, updated: int) -> Dates:
    """Return when something was made and last changed, as numbers and as dates."""
    return {
        "create_time": created,
        "create_date": http_date(created),
        "update_time": updated,
        "update_date": http_date(updated),
    }


def plain_time(milliseconds: int) -> str:
    """Return a time in ms since the epoch as `2024-10-24 09:45:27`, in UTC."""
    return plain_second(milliseconds // 1000)


@lru_cache(KEPT)
def plain_second(seconds: int) -> str:
    """Return a time in s since the epoch in the same form."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
