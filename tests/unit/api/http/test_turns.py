"""The turns of the event loop: who gives way, and who goes first then."""

import time

import gevent

from api.http.turns import LONGEST, give_way

CROWD = 50
"""Greenlets that gevent wakes before it looks at the clock."""


def work(done: list[int], number: int) -> None:
    """Give way, then take so long that the turn of the loop is long."""
    give_way()
    end = time.perf_counter() + 1.2 * LONGEST
    while time.perf_counter() < end:
        pass
    done.append(number)


def test_who_sleeps_is_woken_before_all_that_came_together_are_done() -> None:
    done: list[int] = []
    seen: list[int] = []

    def sleep() -> None:
        gevent.sleep(LONGEST / 2)
        seen.append(len(done))

    sleeper = gevent.spawn(sleep)
    gevent.sleep(0)
    gevent.joinall([sleeper, *(gevent.spawn(work, done, number) for number in range(CROWD))])
    assert len(done) == CROWD
    assert seen[0] < CROWD // 5


def test_who_waits_longest_goes_first() -> None:
    done: list[int] = []
    gevent.joinall([gevent.spawn(work, done, number) for number in range(CROWD)])
    assert done == list(range(CROWD))


def test_who_is_ended_while_it_waits_is_in_nobodys_way() -> None:
    done: list[int] = []
    crowd = [gevent.spawn(work, done, number) for number in range(CROWD)]
    while not done:
        gevent.sleep(0)
    ended = crowd[CROWD // 2]
    ended.kill()
    gevent.joinall(crowd)
    assert done == [number for number in range(CROWD) if crowd[number] is not ended]
