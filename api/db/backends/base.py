"""What the three databases have in common."""

from dataclasses import dataclass
from typing import TypedDict
from urllib.parse import unquote, urlsplit

DOUBLES = {"FLOAT": "DOUBLE PRECISION"}
"""A FLOAT of MariaDB and a REAL of PostgreSQL hold 0.3 with 7 digits and do not find it again."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: how long a transaction may say nothing, and how long the server may."""

    idle: float = 5.0
    answer: float = 30.0


class PoolLimits(TypedDict):
    """How many connections a pool lends out, and in seconds for how long it makes others wait.

    After `stale_timeout` a connection is opened anew.
    """

    max_connections: int
    timeout: float
    stale_timeout: float


def server_of(url: str) -> dict[str, object]:
    """Return host, port, user and password of a URL as connection arguments."""
    parts = urlsplit(url)
    given = {
        "host": parts.hostname,
        "port": parts.port,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
    }
    return {name: value for name, value in given.items() if value is not None}
