"""Settings that are texts of a form of their own: headers, sources of frames, limits by path."""

import re
from typing import Annotated

from pydantic import AfterValidator

from api.permissions import permissions_in

FRAME_SOURCE = re.compile(
    r"'self'|\*|https?:|(https?://)?(\*\.)?[a-zA-Z0-9][a-zA-Z0-9.-]*(:(\d{1,5}|\*))?"
)
"""A source of `frame-ancestors` (CSP Level 3, 6.4.2)."""

BODY_LIMIT = re.compile(r"(/[^\s=,]*)=(\d{1,15})")
SMALLEST_BODY = 1024

RATE = re.compile(r"(\d{1,9})\s*/\s*(?:(\d{1,6})\s*)?(second|minute|hour|day)s?")
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}

CODINGS = ("zstd", "br", "gzip")
"""What answers may be compressed by, as HTTP calls it."""

PATTERN = re.compile(r"/[^\s,]*")


def header_text(value: str) -> str:
    """Refuse what no header can hold; an empty one means that the header is not sent."""
    if not value.isascii() or (not value.isprintable() and value):
        raise ValueError("it must be printable ASCII in one line, or be empty")
    return value.strip()


def frame_sources(value: str) -> str:
    """Refuse what is no list of sites; an empty one means none."""
    for part in value.split():
        if not FRAME_SOURCE.fullmatch(part):
            raise ValueError(f"{part} is no site: it must be https://host, 'self' or *")
    return value.strip()


def body_limits_of(value: str) -> tuple[tuple[str, int], ...]:
    """Return the limits in a list of `/path=bytes` with commas between; raises ValueError."""
    found = []
    for part in filter(None, map(str.strip, value.split(","))):
        match = BODY_LIMIT.fullmatch(part)
        if match is None or int(match[2]) < SMALLEST_BODY:
            raise ValueError(
                f"{part} is no limit: it must be /path=bytes, with at least {SMALLEST_BODY} bytes"
            )
        found.append((match[1], int(match[2])))
    return tuple(found)


def body_limits(value: str) -> str:
    """Refuse what is no list of limits; an empty one means none."""
    body_limits_of(value)
    return value


def paths_of(value: str) -> tuple[str, ...]:
    """Return the patterns in a list of paths with commas between; raises ValueError."""
    found = tuple(filter(None, map(str.strip, value.split(","))))
    for part in found:
        if not PATTERN.fullmatch(part):
            raise ValueError(f"{part} is no path: it must begin with /")
    return found


def paths(value: str) -> str:
    """Refuse what is no list of paths; an empty one means none."""
    paths_of(value)
    return value


def matching(pattern: str) -> re.Pattern[str]:
    """Return what finds the paths of a pattern: `*` is a part between slashes, `**` any parts."""
    pieces = re.split(r"(\*\*|\*)", pattern)
    wild = {"*": "[^/]*", "**": ".*"}
    return re.compile("".join(wild.get(piece) or re.escape(piece) for piece in pieces))


def rates_of(value: str) -> tuple[tuple[int, int], ...]:
    """Return numbers and seconds in a list of `600/minute` with commas between.

    Raises ValueError.
    """
    found = []
    for part in filter(None, map(str.strip, value.split(","))):
        match = RATE.fullmatch(part)
        if match is None or not int(match[1]) or (match[2] and not int(match[2])):
            raise ValueError(f"{part} is no rate: it must be like 20/second or 50/10 seconds")
        found.append((int(match[1]), int(match[2] or 1) * SECONDS[match[3]]))
    return tuple(found)


def rates(value: str) -> str:
    """Refuse what is no list of rates; an empty one means none."""
    rates_of(value)
    return value


def codings(value: str) -> str:
    """Refuse what is no list of codings; an empty one means none."""
    for part in filter(None, map(str.strip, value.split(","))):
        if part not in CODINGS:
            raise ValueError(f"{part} is no coding: there are {', '.join(CODINGS)}")
    return value


def denied(value: str) -> str:
    """Refuse what is no list of permissions; an empty one means none."""
    permissions_in(value)
    return value


HeaderText = Annotated[str, AfterValidator(header_text)]
FrameSources = Annotated[str, AfterValidator(frame_sources)]
Codings = Annotated[str, AfterValidator(codings)]
RateList = Annotated[str, AfterValidator(rates)]
Denied = Annotated[str, AfterValidator(denied)]
BodyLimits = Annotated[str, AfterValidator(body_limits)]
Paths = Annotated[str, AfterValidator(paths)]
