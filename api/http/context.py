"""What a page gets from its surroundings: the services, and who is asking."""

from typing import cast

from flask import g, request

from api.container import Services
from api.http.process import web_process
from api.http.proxies import site_of
from api.services.accounts.records import Principal
from api.services.accounts.values import Origin


def services() -> Services:
    """Return the services of this process."""
    return web_process().services


def principal() -> Principal:
    """Return who is asking; only within a page that requires a key or a session."""
    return cast("Principal", g.principal)


def asker() -> str:
    """Return the tenant that asks; empty where nobody was asked who they are."""
    return principal().tenant_id if "principal" in g else ""


def client_site() -> str:
    """Return from where the request comes: an address, or an IPv6 network of 64 bits."""
    return site_of(request.remote_addr or "")


def client_origin() -> Origin:
    """Return from where the request comes, and what its client says of itself."""
    return Origin(client_site(), request.headers.get("User-Agent", ""))
