"""Turns of the event loop, which does all that has arrived before it looks for more."""

import time

from gevent import get_hub, sleep

LONGEST = 0.005
"""Seconds of a turn after which requests that have arrived with others wait for the next one."""


def give_way() -> None:
    """Let others go first, and what has come meanwhile, where this turn has taken long already.

    Of 200 requests that arrive at once the last would else keep everybody else waiting for all of
    them. What waits is done in pieces of 5 ms, which is gevent's own limit.
    """
    if time.time() - get_hub().loop.now() > LONGEST:  # `now` is when the turn began
        sleep(0)
