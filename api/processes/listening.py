"""Where a server listens, whether it can, and how it is asked from the same host."""

import errno
import socket

from api.errors import StartError

ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - listens nowhere
"""What to listen on so that all may come, and what to ask then from this host."""


def host_to_ask(listening: str) -> str:
    """Return the host at which a server that listens on `listening` is asked from this one."""
    return ANY_ADDRESS.get(listening, listening)


def check_port(host: str, port: int) -> None:
    """Raise StartError if the port cannot be had; gunicorn would try for five seconds."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            taken = "another program listens there" if error.errno == errno.EADDRINUSE else error
            raise StartError(
                f"The server cannot listen on {host}, port {port}: {taken}."
                " Choose with RAGLAN_SERVER__HOST and RAGLAN_SERVER__PORT."
            ) from error
