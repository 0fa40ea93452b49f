"""Who arrives late in a long turn of the event loop lets others go first."""

import time

import gevent
import pytest
from gevent import get_hub

from api.http.turns import LONGEST, give_way


@pytest.mark.parametrize(
    ("seconds", "order"), [(0.0, ["first", "second"]), (2 * LONGEST, ["second", "first"])]
)
def test_others_go_first_after_a_long_turn(seconds: float, order: list[str]) -> None:
    done: list[str] = []
    loop = get_hub().loop

    def first() -> None:
        loop.update()
        gevent.spawn(done.append, "second")
        while time.time() - loop.now() < seconds:
            pass
        give_way()
        done.append("first")

    gevent.joinall([gevent.spawn(first)], raise_error=True)
    gevent.sleep(0)
    assert done == order
