"""Addresses of this server that stay valid, for people and for answers that are kept."""

from flask import request

from api.http.context import services


def public_url() -> str:
    """Return the address under which people reach this server, without a slash at its end.

    Where no setting names it, it is the one that this request came to.
    """
    address = services().live.current.server.public_url or request.root_url
    return address.rstrip("/")
