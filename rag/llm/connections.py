"""Connections to models that are kept open, and how they are looked at before they serve again.

urllib3 asks by `poll` whether the other side has closed one, or has sent what nobody asked for.
Under gevent that is a turn of the event loop, a tenth of what a question to a model costs, and all
that is ready to run goes first. The kernel tells the state of a connection without that.
"""

import socket
from fcntl import ioctl
from termios import FIONREAD
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

_ESTABLISHED = 1
"""The state of a connection that neither side has closed, the first byte of the kernel's answer
(`tcpi_state` of linux/tcp.h, TCP_ESTABLISHED of net/tcp_states.h)."""


class KeptConnection(HTTPConnection):
    """A connection whose state the kernel tells."""

    @property
    def is_connected(self) -> bool:
        """Return whether the connection can serve another call."""
        if isinstance(self.sock, socket.socket):
            return is_quiet(self.sock)
        return super().is_connected  # there is none, or TLS within TLS to a proxy


class KeptSecureConnection(KeptConnection, HTTPSConnection):
    """The same with TLS."""


def is_quiet(connection: socket.socket) -> bool:
    """Return whether neither side has closed a connection of TCP, and nothing has come unasked."""
    state = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return state == _ESTABLISHED and not any(ioctl(connection, FIONREAD, bytes(4)))


def keep(pool: HTTPConnectionPool, options: Any) -> None:
    """Have the connections that a pool will open be such, with these options of their sockets."""
    secure = isinstance(pool, HTTPSConnectionPool)
    pool.ConnectionCls = KeptSecureConnection if secure else KeptConnection
    pool.conn_kw["socket_options"] = options
