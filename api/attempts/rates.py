"""How many requests are taken in a time: counted over a sliding window, here or in Redis."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import NamedTuple, Protocol

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, Storage
from limits.strategies import SlidingWindowCounterRateLimiter

from api.attempts.base import REST
from api.errors import UnavailableError
from api.logs import Spell

log = logging.getLogger(__name__)


class Rate(NamedTuple):
    """So many requests in so many seconds."""

    number: int
    seconds: int


class Taken(NamedTuple):
    """What is left of a rate after a request, and in how many seconds there is more of it.

    `is_over` is true for a request that was one too many; such a one does not count.
    """

    rate: Rate
    left: int
    seconds: float
    is_over: bool


class Rates(Protocol):
    """A place that counts requests."""

    def take(self, rate: Rate, key: str) -> Taken | None:
        """Count a request of a key; None where that cannot be done, and the request passes.

        Raises UnavailableError.
        """


class CountedRates:
    """Counts in a storage of the `limits` library, which is made with the first request.

    A sliding window of two counters: half a window ago counts half, so that nobody gets twice the
    rate around the end of a window, and a key takes two numbers, however many requests it sends.
    """

    def __init__(
        self,
        make_storage: Callable[[], Storage],
        errors: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Initialize with how to make the client; what that raises comes out of `errors`."""
        self._make_storage = make_storage
        self._errors = errors

    @cached_property
    def _limiter(self) -> SlidingWindowCounterRateLimiter:
        return SlidingWindowCounterRateLimiter(self._make_storage())

    def take(self, rate: Rate, key: str) -> Taken:
        """Count a request of a key."""
        item = RateLimitItemPerSecond(rate.number, rate.seconds, "rate")
        with self._errors():
            is_taken = self._limiter.hit(item, key)
            found = self._limiter.get_window_stats(item, key)
        # In the millisecond in which a window begins the library says that it ends now.
        seconds = max(0.0, found.reset_time - time.time()) or float(rate.seconds)
        return Taken(rate, found.remaining, seconds, not is_taken)


class PassingRates:
    """Rates that let requests pass while their place does not answer, which is logged."""

    def __init__(self, rates: Rates, clock: Callable[[], float] = time.monotonic) -> None:
        """Initialize with what counts."""
        self._rates = rates
        self._clock = clock
        self._away_until = 0.0
        self._trouble = Spell(log)

    def take(self, rate: Rate, key: str) -> Taken | None:
        """Count a request of a key; None while that cannot be done."""
        if self._clock() < self._away_until:
            return None
        try:
            taken = self._rates.take(rate, key)
        except UnavailableError as error:
            self._away_until = self._clock() + REST
            self._trouble.begin("Requests pass without limits of rates for now", error)
            return None
        self._trouble.end("Requests are held to limits of rates again.")
        return taken


def rates_in_memory() -> Rates:
    """Return rates of this process."""
    return CountedRates(MemoryStorage)
