"""Having the kernel notice that the other side of a connection is gone."""

import socket

KEEPALIVE = {"idle": 10, "interval": 5, "count": 3}
"""Seconds of rest before the kernel asks after the other side, between two tries, and how many."""

Options = list[tuple[int, int, int]]


def keepalive_options(unacknowledged: float) -> Options:
    """Return what to set for a TCP socket, as arguments of `setsockopt`.

    What is sent counts as lost when nobody acknowledges it for `unacknowledged` seconds.
    """
    return [
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE["idle"]),
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE["interval"]),
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEPALIVE["count"]),
        (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(unacknowledged * 1000)),
    ]
