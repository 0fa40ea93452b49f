"""Which names a server answers to, against pages that make a browser ask a server near it.

A page of another site can have its own name lead to 127.0.0.1 (DNS rebinding); then its requests
come with its name as `Host`, and with its own origin.
"""

from urllib.parse import urlsplit

from flask import current_app, request

from api.config.settings import ServerSettings
from api.errors import NotAllowedError
from api.http.context import services
from api.http.origins import ANY, ORIGINS

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
UNKNOWN = "The host {name} is not known here: name it in server.hosts."


def check_site() -> None:
    """Refuse a request that a page of a foreign site has sent; raises NotAllowedError.

    A server on loopback that nobody has given a name answers to those of loopback alone.
    """
    host = name_of(request.host)
    server = services().live.current.server
    if server.host in LOOPBACK and not server.hosts and host.lower() not in LOOPBACK:
        raise NotAllowedError(UNKNOWN.format(name=host))
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


def names_of(server: ServerSettings) -> frozenset[str]:
    """Return the names that a server answers to; none stands for any."""
    named = frozenset(name.strip().lower() for name in server.hosts.split(",") if name.strip())
    if not named:
        return named
    public = urlsplit(server.public_url).hostname or ""
    return named | LOOPBACK | ({public} if public else frozenset())


def name_of(host: str) -> str:
    """Return a host without its port; an IPv6 address has colons of its own."""
    name, _, port = host.rpartition(":")
    is_port = port.isdecimal() and (host.count(":") == 1 or "]:" in host)
    return name if is_port else host
