"""What limits of rates keep to, wherever they are counted, and what goes on without Redis."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from api.attempts.base import REST
from api.attempts.rates import CountedRates, PassingRates, Rate, Rates, rates_in_memory
from api.attempts.redis import PREFIX_OF_RATES, ClientStorage
from api.db.base import new_id
from api.redis_clients import redis_client, redis_errors
from tests.components import redis_server
from tests.contract.test_attempts import PLACES, redis_url
from tests.running import free_port, wait_until

HOUR = 3600


@pytest.fixture(params=PLACES)
def make(request: pytest.FixtureRequest) -> Iterator[Callable[[], Rates]]:
    """Return what opens the place as another process would."""
    if request.param == "memory":
        kept = rates_in_memory()
        yield lambda: kept
        return
    with ExitStack() as stack:
        url = redis_url(request.param, request)
        yield lambda: in_redis(stack, url)


def in_redis(stack: ExitStack, url: str, timeout: float = 10) -> Rates:
    """Return rates in Redis whose connections the stack closes."""
    client: Any = redis_client(url, timeout)()
    stack.enter_context(closing(client))
    return CountedRates(lambda: ClientStorage(client, PREFIX_OF_RATES), redis_errors)


def test_processes_count_together(make: Callable[[], Rates]) -> None:
    one, other, key = make(), make(), new_id()
    rate = Rate(3, HOUR)
    found = [place.take(rate, key) for place in (one, other, one, other)]
    assert [taken.left for taken in found if taken] == [2, 1, 0, 0]
    assert [taken.is_over for taken in found if taken] == [False, False, False, True]
    assert all(0 < taken.seconds <= HOUR for taken in found if taken)


def test_keys_and_rates_are_counted_apart(make: Callable[[], Rates]) -> None:
    place, key = make(), new_id()
    for rate in (Rate(1, HOUR), Rate(1, 2 * HOUR)):
        for who in (key, f"{key}:other"):
            taken = place.take(rate, who)
            assert taken is not None
            assert not taken.is_over


def test_a_window_goes_by(make: Callable[[], Rates]) -> None:
    place, key = make(), new_id()
    place.take(Rate(1, 1), key)

    def passes() -> bool:
        taken = place.take(Rate(1, 1), key)
        return taken is not None and not taken.is_over

    wait_until(passes, "another request to be taken")


def test_without_redis_requests_pass_and_the_log_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now, port, rate = 0.0, free_port(), Rate(1, HOUR)
    with ExitStack() as stack:
        rates = PassingRates(in_redis(stack, f"redis://127.0.0.1:{port}/0", 1), lambda: now)
        with redis_server(port=port):
            assert rates.take(rate, "a") is not None
        with caplog.at_level(logging.INFO):
            assert [rates.take(rate, "a") for _ in range(3)] == [None] * 3
            assert len(caplog.messages) == 1
            assert "pass without limits of rates for now" in caplog.text
            with redis_server(port=port):
                assert rates.take(rate, "a") is None
                now = REST
                assert rates.take(rate, "a") is not None
        assert "held to limits of rates again" in caplog.text
