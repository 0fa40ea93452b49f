"""Times on the wire: integer milliseconds and RFC-1123 text."""

from collections.abc import Mapping
from email.utils import formatdate
from typing import Any


def http_date(milliseconds: int) -> str:
    """Return a time in ms since the epoch as `Thu, 24 Oct 2024 09:45:27 GMT`."""
    return formatdate(milliseconds / 1000, usegmt=True)


def timestamps(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return when a row was made and last changed, as numbers and as dates."""
    return {
        "create_time": row["create_time"],
        "create_date": http_date(row["create_time"]),
        "update_time": row["update_time"],
        "update_date": http_date(row["update_time"]),
    }
