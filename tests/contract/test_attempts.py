"""What counts of attempts keep to, wherever they are kept, and what goes on without Redis."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from api.attempts.base import (
    REST,
    Attempts,
    Count,
    Counts,
    SharedAttempts,
)
from api.attempts.memory import in_memory
from api.attempts.redis import ClientStorage
from api.db.base import new_id
from api.errors import UnavailableError
from api.redis_clients import redis_client, redis_errors
from tests.components import redis_server
from tests.running import free_port, wait_until

LONG = 60.0
SHORT = 1.0

PLACES = [
    "memory",
    "redis",
    pytest.param("sentinel", marks=pytest.mark.xdist_group("redis-sentinel")),
    pytest.param("cluster", marks=pytest.mark.xdist_group("redis-cluster")),
]


def redis_url(kind: str, request: pytest.FixtureRequest) -> str:
    """Return the address of a Redis of this kind."""
    if kind == "redis":
        return f"redis://{request.getfixturevalue('redis_standalone').address}/0"
    if kind == "sentinel":
        return f"redis+sentinel://{request.getfixturevalue('redis_sentinel_master').address}/m"
    nodes = ",".join(node.address for node in request.getfixturevalue("redis_cluster_nodes"))
    return f"redis+cluster://{nodes}"


@pytest.fixture(params=PLACES)
def make(request: pytest.FixtureRequest) -> Iterator[Callable[[], Attempts]]:
    """Return what opens the place as another process would."""
    if request.param == "memory":
        kept = in_memory()
        yield lambda: kept
        return
    with ExitStack() as stack:
        url = redis_url(request.param, request)
        yield lambda: in_redis(stack, url)


def in_redis(stack: ExitStack, url: str, timeout: float = 10) -> Counts:
    """Return counts in Redis whose connections the stack closes."""

    def connect() -> Any:
        return stack.enter_context(closing(redis_client(url, timeout)()))

    return Counts(lambda: ClientStorage(connect()), redis_errors)


def test_each_key_has_its_count_and_all_processes_see_it(make: Callable[[], Attempts]) -> None:
    one, other, key, another = make(), make(), new_id(), new_id()
    assert one.count(key) == Count(0, 0)
    assert [one.add(key, LONG), other.add(key, LONG), one.add(another, LONG)] == [1, 2, 1]
    assert (one.count(key).number, other.count(another).number) == (2, 1)


def test_a_window_begins_with_the_first_and_is_not_put_off(make: Callable[[], Attempts]) -> None:
    place, key = make(), new_id()
    place.add(key, LONG)
    place.add(key, 100 * LONG)
    assert 0 < place.count(key).left <= LONG


def test_a_count_ends_with_its_window_and_begins_again(make: Callable[[], Attempts]) -> None:
    place, key = make(), new_id()
    place.add(key, SHORT)
    wait_until(lambda: place.count(key) == Count(0, 0), "the end of the window")
    assert place.add(key, LONG) == 1


def test_a_count_may_be_forgotten(make: Callable[[], Attempts]) -> None:
    place, key = make(), new_id()
    place.add(key, LONG)
    place.reset(key)
    place.reset(key)
    assert place.count(key) == Count(0, 0)


@pytest.mark.parametrize("form", ["redis://{}/0", "redis+sentinel://{}/m", "redis+cluster://{}"])
def test_a_redis_that_nobody_started_is_unavailable(form: str) -> None:
    with ExitStack() as stack:
        place = in_redis(stack, form.format(f"127.0.0.1:{free_port()}"), timeout=2)
        for ask in (place.count, place.reset, lambda key: place.add(key, LONG)):
            with pytest.raises(UnavailableError):
                ask("key")


class Clock:
    """A clock that stands until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_without_redis_each_process_counts_for_itself_and_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, port = Clock(), free_port()
    caplog.set_level(logging.INFO, "api.attempts.base")
    with ExitStack() as stack:
        shared = in_redis(stack, f"redis://127.0.0.1:{port}/0", timeout=2)
        place = SharedAttempts(shared, in_memory(), clock)
        assert [place.add("key", LONG), place.add("key", LONG)] == [1, 2]
        clock.now += REST
        assert place.count("key").number == 2
        place.reset("key")
        assert place.count("key").number == 0
        assert [record.levelname for record in caplog.records] == ["WARNING"]

        stack.enter_context(redis_server(port=port))
        clock.now += REST
        assert place.add("key", LONG) == 1
        assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
        assert shared.count("key").number == 1
