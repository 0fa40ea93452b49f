"""Counts of attempts in Redis: standalone, behind Sentinel, or in a cluster."""

from typing import Any

from limits.storage import RedisStorage
from redis.exceptions import RedisError

from api.attempts.base import Counts
from api.attempts.rates import CountedRates, Rates
from api.redis_clients import Client, redis_client, redis_errors

PREFIX = "raglan:attempts"
PREFIX_OF_RATES = "raglan:rates"


class ClientStorage(RedisStorage):
    """The library's counts in Redis, by a client of ours: it knows every form of our addresses.

    The library would make one of its own, of which that for a cluster connects at once, and that
    for sentinels tells them the password of the master.
    """

    def __init__(self, client: Client, prefix: str = PREFIX) -> None:
        """Count by a client, under names that begin with a prefix."""
        whole: Any = self
        whole.storage, self.key_prefix, self.target_server = client, prefix, "redis"
        self.initialize_storage("")
        self.wrap_exceptions = False

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return what the client raises."""
        return RedisError


def open_redis_attempts(url: str, timeout: float) -> Counts:
    """Return the counts in the Redis at `url`; nothing is connected to yet.

    A client that waited in vain for an answer sends a command again, and Redis may carry out both:
    then one attempt counts as two.
    """
    make_client = redis_client(url, timeout)
    return Counts(lambda: ClientStorage(make_client()), redis_errors)


def open_redis_rates(url: str, timeout: float) -> Rates:
    """Return the rates in the Redis at `url`; nothing is connected to yet."""
    make_client = redis_client(url, timeout)
    return CountedRates(lambda: ClientStorage(make_client(), PREFIX_OF_RATES), redis_errors)
