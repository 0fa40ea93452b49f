"""Counts of attempts in Redis: standalone, behind Sentinel, or in a cluster."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from api.coordination.attempts import Count
from api.coordination.redis_connection import Client, redis_client, redis_errors

PREFIX = "raglan:attempts:"

COUNT = "return {redis.call('GET', KEYS[1]) or '0', redis.call('PTTL', KEYS[1])}"

# A client that waited in vain for an answer sends the command again, and Redis may carry out both:
# then one attempt counts as two.
ADD = """
local number = redis.call('INCR', KEYS[1])
if number == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return number
"""


class RedisAttempts:
    """Counts that all web workers on a Redis share; see `api.coordination.attempts`."""

    def __init__(self, make_client: Callable[[], Client]) -> None:
        """Remember how to connect; nothing is connected to yet."""
        self._make_client = make_client

    @cached_property
    def _client(self) -> Any:
        return self._make_client()

    def count(self, key: str) -> Count:
        """Return the count of a key."""
        with redis_errors():
            number, left = self._client.eval(COUNT, 1, PREFIX + key)
        return Count(int(number), left / 1000) if left > 0 else Count()

    def add(self, key: str, window: float) -> int:
        """Count one more."""
        with redis_errors():
            return int(self._client.eval(ADD, 1, PREFIX + key, int(window * 1000)))

    def forget(self, key: str) -> None:
        """Begin again with nothing."""
        with redis_errors():
            self._client.delete(PREFIX + key)


def open_redis_attempts(url: str, timeout: float) -> RedisAttempts:
    """Return the counts in the Redis at `url`; nothing is connected to yet."""
    return RedisAttempts(redis_client(url, timeout))
