"""Whose word counts for where a request comes from, and which addresses are one client's."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from api.config.kinds import networks_of

SITE_BITS = 64
"""Of an IPv6 address: who has one has all that begin with the same bits."""


class Proxies:
    """The proxies in front of the server, as addresses and networks with commas between."""

    def __init__(self, listed: str) -> None:
        """Initialize with the proxies."""
        self._networks = networks_of(listed)

    def include(self, address: str) -> bool:
        """Return whether an address is a proxy's."""
        found = parsed(address)
        return found is not None and any(found in network for network in self._networks)

    def client_of(self, peer: str, forwarded: str) -> str:
        """Return who is at the other end: the last in `X-Forwarded-For` that is no proxy.

        Only proxies are believed; what stands there before an address of none anybody can write.
        """
        hops = [peer, *(hop.strip() for hop in reversed(forwarded.split(",")) if hop.strip())]
        for hop in hops:
            if parsed(hop) is None:
                return peer
            if not self.include(hop):
                return hop
        return hops[-1]


def site_of(address: str) -> str:
    """Return what all addresses of the same client have in common."""
    found = parsed(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, SITE_BITS), strict=False))
    return address if found is None else str(found)


@lru_cache(maxsize=1024)
def parsed(address: str) -> IPv4Address | IPv6Address | None:
    """Return an address, one of IPv4 as such however it is written; None for what is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
