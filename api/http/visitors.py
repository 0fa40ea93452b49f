"""Who has come by a share, whose token stands in the address."""

from flask import g, request

from api.http.context import services
from api.http.pace import TENANT
from api.services.accounts.records import Principal
from api.services.chats.share_records import Visit


def visitor() -> Principal:
    """Return in whose name a visitor asks.

    Raises NotFoundError for a token that opens nothing, NotAllowedError for a share that is
    switched off or over.
    """
    token = str((request.view_args or {}).get("token", ""))
    g.visit = services().chats.shares.visit(token)
    asker = visit().asker
    request.environ[TENANT] = asker.tenant_id
    return asker


def visit() -> Visit:
    """Return by which share the request has come."""
    found: Visit = g.visit
    return found
