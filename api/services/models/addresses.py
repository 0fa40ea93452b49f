"""Addresses of model endpoints: which are accepted, and which lead into the server's network."""

from typing import Annotated

from pydantic import AfterValidator, Field
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from api.config.kinds import http_address
from api.fetching.addresses import addresses_of, is_public


def base_url(value: str) -> str:
    """Return an address without its last slash; refuse what is not http(s) or names no host."""
    return http_address(value.strip()).rstrip("/")


BaseUrl = Annotated[str, Field(max_length=512), AfterValidator(base_url)]


def is_internal(url: str) -> bool:
    """Return whether a URL leads, or may lead, to a machine that the public cannot reach.

    A name counts as internal when one of its addresses is, or when it has none now.
    """
    try:
        # As the client takes it apart that will connect: others find another host in some.
        found = addresses_of((parse_url(url).host or "").strip("[]"))
    except (LocationParseError, OSError, UnicodeError):
        return True
    return not all(map(is_public, found))
