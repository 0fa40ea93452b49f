"""Telling addresses inside the server's own network from those outside."""

import ipaddress
import socket
from urllib.parse import urlsplit


def is_internal(url: str) -> bool:
    """Tell whether a URL leads, or may lead, to a machine that the public cannot reach.

    A name counts as internal when one of its addresses is, or when it has none now.
    """
    host = urlsplit(url).hostname or ""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return True
    return any(not ipaddress.ip_address(str(entry[4][0])).is_global for entry in found)
