"""Word by Redis's publish and subscribe: one server, Sentinel or Cluster."""

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import Any

from api.errors import UnavailableError
from api.redis_clients import Client, redis_client, redis_errors

SLICE = 0.25
"""Seconds for which a subscription is listened to at a time, so that a stop is heard."""


class RedisNews:
    """A channel of a name; see `api.news.base`."""

    is_open = True

    def __init__(self, make_client: Callable[[], Client], name: str) -> None:
        """Initialize with the way to connect; nothing is connected to yet."""
        self._make_client = make_client
        self._channel = f"raglan:{name}"
        self._stopping = threading.Event()
        self._subscription: Any = None

    @cached_property
    def _client(self) -> Any:
        return self._make_client()

    @property
    def is_heard(self) -> bool:
        """Return whether the channel is subscribed to."""
        return self._subscription is not None

    def tell(self) -> None:
        """Tell all who listen; raises UnavailableError.

        Redis may carry out twice what it was slow to answer: then all look twice.
        """
        with redis_errors():
            self._client.publish(self._channel, b"changed")

    def wait(self, timeout: float) -> bool:
        """Return whether word came within so many seconds; raises UnavailableError."""
        try:
            with redis_errors():
                return self._listen(timeout)
        except UnavailableError:
            self._leave()
            raise

    def stop(self) -> None:
        """End the waiting."""
        self._stopping.set()

    def _listen(self, timeout: float) -> bool:
        if self._subscription is None:
            subscription = self._client.pubsub(ignore_subscribe_messages=True)
            subscription.subscribe(self._channel)
            self._subscription = subscription
            return True
        left = timeout
        while left > 0 and not self._stopping.is_set():
            if self._subscription.get_message(timeout=min(SLICE, left)):
                return True
            left -= SLICE
        return False

    def _leave(self) -> None:
        """Forget a subscription that is broken."""
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            with suppress(UnavailableError), redis_errors():
                subscription.close()


def open_redis_news(url: str, timeout: float, name: str) -> RedisNews:
    """Return a channel in the Redis at `url`; nothing is connected to yet."""
    return RedisNews(redis_client(url, timeout), name)
