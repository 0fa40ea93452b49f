"""Where requests of the server go: to addresses of the network that were looked at before.

A name is looked up once: all of its addresses have to be public, and these are connected to, so
that no second look-up can lead elsewhere.
"""

from typing import NamedTuple

import urllib3
from urllib3.exceptions import LocationParseError
from urllib3.util import Timeout, Url, parse_url

from api.errors import ArgumentError, FetchError
from api.fetching.addresses import addresses_of, is_public

PORTS = {"http": 80, "https": 443}
AGENT = "Mozilla/5.0 (compatible; Raglan)"


class Target(NamedTuple):
    """Where a request goes: to one of some addresses, in the name of a host."""

    url: Url
    host: str
    port: int
    addresses: list[str]


def target_of(url: str, *, internal: bool) -> Target:
    """Return where a request to a URL goes; `internal` lets it go to addresses of any network.

    Raises ArgumentError for what is no URL of http or https, and FetchError where it leads nowhere,
    or to where it may not.
    """
    try:
        parsed = parse_url(url)
        scheme, host = parsed.scheme or "", (parsed.host or "").strip("[]")
        port = parsed.port or PORTS.get(scheme, 0)
        if not port or not host or parsed.auth is not None:
            raise ArgumentError("url: it must begin with http:// or https://, and name a host.")
        found = addresses_of(host, port)
    except LocationParseError as error:
        raise ArgumentError("url: this is no address of a page.") from error
    except (OSError, UnicodeError) as error:
        raise FetchError("url: there is no host of this name.") from error
    if not internal and not all(map(is_public, found)):
        raise FetchError(
            "url: it leads into the server's own network (fetching.internal is false)."
        )
    return Target(parsed, host, port, found)


def pool_of(target: Target, address: str, timeout: Timeout) -> urllib3.HTTPConnectionPool:
    """Return what connects to an address in the name of its host, which a certificate must have."""
    if target.url.scheme == "http":
        return urllib3.HTTPConnectionPool(address, target.port, timeout=timeout)
    return urllib3.HTTPSConnectionPool(
        address,
        target.port,
        timeout=timeout,
        cert_reqs="CERT_REQUIRED",
        assert_hostname=target.host,
        server_hostname=target.host,
    )


def kind_of(header: str) -> tuple[str, str]:
    """Return the media type and the charset that a `Content-Type` names; empty where none is."""
    kind, *parameters = (part.strip() for part in header.split(";"))
    named = dict(part.lower().partition("=")[::2] for part in parameters)
    return kind.lower(), named.get("charset", "").strip('"')
