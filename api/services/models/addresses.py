"""Telling addresses inside the server's own network from those outside."""

import ipaddress
import socket

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url


def is_internal(url: str) -> bool:
    """Tell whether a URL leads, or may lead, to a machine that the public cannot reach.

    A name counts as internal when one of its addresses is, or when it has none now.
    """
    try:
        # As the client takes it apart that will connect: others find another host in some.
        host = (parse_url(url).host or "").strip("[]")
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (LocationParseError, OSError, UnicodeError):
        return True
    return any(not ipaddress.ip_address(str(entry[4][0])).is_global for entry in found)
