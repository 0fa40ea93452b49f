"""Limits of rates: how many requests an address, an account and a key may send in a time.

The headers are those of draft-ietf-httpapi-ratelimit-headers-10.
"""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, request

from api.attempts.rates import Rate, Taken
from api.config.guarding import RateLimitSettings
from api.config.wordings import rates_of
from api.errors import RateLimitError
from api.http.context import client_site, services
from api.http.current import this_app
from api.http.proxies import Proxies
from api.services.accounts.records import Principal

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

RATES = "RATES"
"""Under this name Flask's configuration has the limits; None where there are none."""

TAKEN = "raglan.rates"
"""Where the environ of a request has what it took, by the name of the limit."""

PROBES = frozenset({"ready", "metrics"})
"""Pages that no limit applies to; `/health` gets no further than the middleware."""


class RateLimits:
    """The limits of the settings."""

    def __init__(self, settings: RateLimitSettings) -> None:
        """Initialize with the settings."""
        self.address = limits_of(settings.address)
        self.account = limits_of(settings.account)
        self.key = limits_of(settings.key)
        self.exempt = Proxies(settings.exempt)

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self.address or self.account or self.key)


def limits_of(listed: str) -> tuple[Rate, ...]:
    """Return the rates in a setting."""
    return tuple(Rate(*rate) for rate in rates_of(listed))


def limit_rates(app: Flask) -> None:
    """Hold every request to the limit of its address, before anything is done for it."""
    app.config[RATES] = None
    app.before_request(count_address)


def count_address() -> None:
    """Count a request of an address; raises RateLimitError."""
    limits: RateLimits | None = this_app().config[RATES]
    if limits is None or request.endpoint in PROBES:
        return
    if not limits.exempt.include(request.remote_addr or ""):
        take("address", limits.address, client_site())


def count_principal(found: Principal) -> None:
    """Count a request of an account and its key, once a request; raises RateLimitError."""
    limits: RateLimits | None = this_app().config[RATES]
    if limits is None or limits.exempt.include(request.remote_addr or ""):
        return
    if {"account", "key"}.isdisjoint(taken_of(request.environ)):
        take("account", limits.account, found.user_id or found.tenant_id)
        if found.key_id:
            take("key", limits.key, found.key_id)


def taken_of(environ: "WSGIEnvironment") -> dict[str, Taken]:
    """Return what a request has taken by now, by the name of the limit."""
    found = environ.setdefault(TAKEN, {})
    return found if isinstance(found, dict) else {}


def take(name: str, limits: Iterable[Rate], who: str) -> None:
    """Count a request in each of some limits, which tell the tightest; raises RateLimitError."""
    told = taken_of(request.environ)
    for rate in limits:
        taken = services().rates.take(rate, f"{name}:{who}")
        if taken is None:
            continue
        if name not in told or taken.left < told[name].left:
            told[name] = taken
        if taken.is_over:
            told[name] = taken
            raise RateLimitError(
                f"Too many requests: {rate.number} in {span(rate.seconds)} are taken from one"
                f" {name} (rate_limits.{name}). Send the next one in {wait(taken)} s.",
                after=wait(taken),
            )


def wait(taken: Taken) -> int:
    """Return after how many whole seconds another request may be taken."""
    return max(1, math.ceil(taken.seconds))


def span(seconds: int) -> str:
    """Return some seconds in words."""
    return f"{seconds} s" if seconds > 1 else "a second"


def rate_headers(taken: dict[str, Taken]) -> list[tuple[str, str]]:
    """Return the headers that say what is left of each limit."""
    if not taken:
        return []
    policies = [f'"{name}";q={one.rate.number};w={one.rate.seconds}' for name, one in taken.items()]
    left = [f'"{name}";r={one.left};t={math.ceil(one.seconds)}' for name, one in taken.items()]
    return [("RateLimit-Policy", ", ".join(policies)), ("RateLimit", ", ".join(left))]
