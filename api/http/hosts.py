"""Which names a server answers to, against pages that make a browser ask a server near it.

A page of another site can have its own name lead to 127.0.0.1 (DNS rebinding); then its requests
come with its name as `Host`, and with its own origin.
"""

from urllib.parse import urlsplit

from flask import current_app, request

from api.errors import NotAllowedError
from api.http.context import services
from api.http.origins import ANY, ORIGINS

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})


def check_site() -> None:
    """Refuse a request that a page of a foreign site has sent; raises NotAllowedError."""
    host = request.host.rpartition(":")[0] if has_port(request.host) else request.host
    server = services().live.current.server
    known = {name.strip().lower() for name in server.hosts.split(",")}
    is_near = server.host in LOOPBACK
    if is_near and host.lower() not in LOOPBACK | known and ANY not in known:
        raise NotAllowedError(f"The host {host} is not known here: name it in server.hosts.")
    origin = request.headers.get("Origin")
    if origin is not None and not may_come_from(origin, host):
        raise NotAllowedError(
            f"The origin {origin} is not allowed: name it in server.cors_origins."
        )


def may_come_from(origin: str, host: str) -> bool:
    """Return whether pages of an origin may ask: of the same host, of this machine, or allowed."""
    allowed = current_app.config[ORIGINS]
    if ANY in allowed or origin.lower() in allowed:
        return True
    try:
        name = urlsplit(origin).hostname
    except ValueError:
        return False
    return name is not None and name.lower() in LOOPBACK | {host.lower().strip("[]")}


def has_port(host: str) -> bool:
    """Return whether a host has a port behind it; an IPv6 address has colons of its own."""
    return host.rpartition(":")[2].isdecimal() and (host.count(":") == 1 or "]:" in host)
