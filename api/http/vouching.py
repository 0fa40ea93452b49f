"""Who is there by the word of a proxy that signs people in: of listed addresses alone."""

import logging
from typing import TYPE_CHECKING

from flask import request

from api.config.identity import ProxySettings, words_of
from api.http.proxies import Proxies
from api.services.identity.records import Vouched

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SENT = "raglan.sent"
"""Where the environ has the headers as they were sent, as pairs."""

VOUCHED = "raglan.vouched"
"""Where the environ of a request says who is there."""

log = logging.getLogger(__name__)


class Voucher:
    """Takes from requests what a proxy says of people, and what others pretend that it says."""

    def __init__(self, settings: ProxySettings) -> None:
        """Initialize with the settings."""
        self._proxies = Proxies(settings.addresses)
        names = (settings.email_header, settings.name_header, settings.groups_header)
        self._names = [name.upper() for name in names]

    def look(self, environ: "WSGIEnvironment") -> None:
        """Note who is there; before `REMOTE_ADDR` is that of the client behind the proxy.

        A header that was sent twice has what the client has sent beside what the proxy says.
        """
        email, name, groups = (environ.pop(key_of(each), "") for each in self._names)
        if not email or not self._proxies.include(environ.get("REMOTE_ADDR", "")):
            return
        sent = [key for key, _ in environ.get(SENT, ())]
        if any(sent.count(each) > 1 for each in self._names if each):
            log.warning("Nobody is signed in by the proxy: it sends one of its headers twice.")
            return
        environ[VOUCHED] = Vouched(email.strip().lower(), read(name), words_of(read(groups)))


def voucher_of(settings: ProxySettings) -> Voucher | None:
    """Return that of the settings; None where there is no such proxy."""
    return Voucher(settings) if settings.email_header else None


def key_of(name: str) -> str:
    """Return where the environ has a header; no request has the one without a name."""
    return f"HTTP_{name.replace('-', '_')}" if name else ""


def read(value: str) -> str:
    """Return a header as the UTF-8 that proxies write; WSGI has each byte as a letter."""
    return value.encode("latin-1", "replace").decode("utf-8", "replace")


def vouched() -> Vouched | None:
    """Return who is there by the word of the proxy that the request came through, if any."""
    found = request.environ.get(VOUCHED)
    return found if isinstance(found, Vouched) else None
