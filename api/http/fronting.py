"""What stands before the server, and under which names it is reached: told once, in the environ.

Behind this every part reads `REMOTE_ADDR`, the scheme, `Host` and `SCRIPT_NAME`, and nobody else
looks at what proxies say.
"""

import re
from typing import TYPE_CHECKING

from api.config.settings import ClientSettings, Settings
from api.http.hosts import name_of, names_of
from api.http.origins import ANY
from api.http.proxies import Proxies
from api.http.vouching import Voucher, voucher_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

FOR = "HTTP_X_FORWARDED_FOR"
PROTO = "HTTP_X_FORWARDED_PROTO"
HOST = "HTTP_X_FORWARDED_HOST"
PREFIX = "HTTP_X_FORWARDED_PREFIX"
FORWARDED = (FOR, PROTO, HOST, PREFIX)

UNKNOWN_HOST = "raglan.host"
"""Where the environ has the name of a request that is none of the server's."""

PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")
"""A prefix as it may stand in links; other characters could end the attribute that it is in."""

PROBES = frozenset({"/ready", "/metrics"})
"""Addresses that machines ask by whatever name or number they know; `/health` is another one."""


class Front:
    """The proxies that are believed, and the names of the server; none means any."""

    def __init__(
        self,
        proxies: str = ClientSettings().proxies,
        hosts: frozenset[str] = frozenset(),
        voucher: Voucher | None = None,
    ) -> None:
        """Initialize with the proxies, with commas between; `voucher` knows who names people."""
        self._proxies = Proxies(proxies)
        self._hosts = hosts
        self._voucher = voucher

    @classmethod
    def of(cls, settings: Settings) -> "Front":
        """Return that of the settings."""
        return cls(settings.clients.proxies, names_of(settings.server), voucher_of(settings.proxy))

    def look(self, environ: "WSGIEnvironment") -> None:
        """Put what a proxy says where requests have it, and note a name that is not known."""
        if self._voucher is not None:
            self._voucher.look(environ)
        if FOR in environ or PROTO in environ or HOST in environ or PREFIX in environ:
            self._read(environ)
        if self._hosts and environ["PATH_INFO"] not in PROBES:
            name = name_of(environ.get("HTTP_HOST", "")).lower()
            if name not in self._hosts and ANY not in self._hosts:
                environ[UNKNOWN_HOST] = name

    def _read(self, environ: "WSGIEnvironment") -> None:
        said = {name: environ.pop(name, "") for name in FORWARDED}
        peer = environ.get("REMOTE_ADDR", "")
        if not self._proxies.include(peer):
            return
        environ["REMOTE_ADDR"] = self._proxies.client_of(peer, said[FOR])
        scheme, host = last(said[PROTO]), last(said[HOST])
        if scheme in {"http", "https"}:
            environ["wsgi.url_scheme"] = scheme
        if host:
            environ["HTTP_HOST"] = host
        prefix = last(said[PREFIX]).rstrip("/")
        if PATH.fullmatch(prefix):
            stand_below(environ, prefix)


def last(listed: str) -> str:
    """Return the last of the values in a header: that of the proxy next to the server."""
    return listed.rpartition(",")[2].strip()


def stand_below(environ: "WSGIEnvironment", prefix: str) -> None:
    """Have the server stand below a path, which a proxy may have left in the address."""
    environ["SCRIPT_NAME"] = prefix
    path = environ["PATH_INFO"]
    if path == prefix or path.startswith(f"{prefix}/"):
        environ["PATH_INFO"] = path.removeprefix(prefix) or "/"
