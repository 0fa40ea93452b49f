"""Which addresses of the network everybody can reach, and which are of somebody's own."""

import ipaddress
import socket
from collections.abc import Iterator

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""Addresses of IPv4 as networks of IPv6 alone have them (RFC 6052): the last 32 bits."""


def is_public(address: str) -> bool:
    """Return whether an address is one of the public network, whichever way it is written.

    An address of IPv6 that stands for one of IPv4 is public if both are.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    return all(one.is_global and not one.is_multicast for one in meant(found))


def meant(address: Address) -> Iterator[Address]:
    """Yield the addresses that are reached by an address: itself, or what is written within it."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    inner = address.ipv4_mapped
    if inner is not None:
        yield inner
        return
    yield address
    if address in NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo


def addresses_of(host: str, port: int | None = None) -> list[str]:
    """Return the addresses of a host, by name or as it stands; raises OSError, UnicodeError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
