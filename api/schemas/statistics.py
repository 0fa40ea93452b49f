"""How much assistants are used, at all doors."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator
from typing_extensions import TypedDict

from api.errors import ArgumentError
from api.schemas.base import Request
from api.schemas.times import plain_time
from api.services.chats.records import DayOfUse

WEEK = 7 * 86_400_000

Point = tuple[str, int]
Rate = tuple[str, float]
"""A day, as `2026-01-31 00:00:00`, and a number."""


def read_time(value: object) -> object:
    """Return a date, with or without a time of day, as ms since the epoch; UTC unless it says."""
    if not isinstance(value, str):
        return value
    try:
        found = datetime.fromisoformat(value)
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return int(aware.timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise ArgumentError(
            "A date must have the form 2026-01-31 or 2026-01-31 09:30:00."
        ) from error


Time = Annotated[int, BeforeValidator(read_time)]


class StatisticsQuery(Request):
    """From when to when is asked; the last seven days where nothing is said."""

    from_date: Time | None = None
    to_date: Time | None = None

    def span(self) -> tuple[int, int]:
        """Return from when to when."""
        last = int(time.time() * 1000) if self.to_date is None else self.to_date
        return (last - WEEK if self.from_date is None else self.from_date), last


class StatisticsAnswer(TypedDict):
    """The use of assistants, day by day: sessions, who asked, questions, answers found good.

    The tokens of answers are estimated from their bytes; their speed is in tokens a second, from
    the question to the end of the answer.
    """

    pv: list[Point]
    uv: list[Point]
    round: list[Point]
    thumb_up: list[Point]
    tokens: list[Point]
    speed: list[Rate]


def present_statistics(days: Sequence[DayOfUse]) -> StatisticsAnswer:
    """Return the use of assistants, day by day."""
    dated = [(plain_time(day.day), day) for day in days]
    return {
        "pv": [(date, day.sessions) for date, day in dated],
        "uv": [(date, day.askers) for date, day in dated],
        "round": [(date, day.questions) for date, day in dated],
        "thumb_up": [(date, day.praised) for date, day in dated],
        "tokens": [(date, day.tokens) for date, day in dated],
        "speed": [(date, round(day.speed, 1)) for date, day in dated],
    }
