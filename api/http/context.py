"""What a page gets from its surroundings: the services, and who is asking."""

from typing import cast

from flask import current_app, g

from api.container import Services
from api.schemas.account import Principal

EXTENSION = "raglan"


def services() -> Services:
    """Return the services of this process."""
    return cast("Services", current_app.extensions[EXTENSION])


def principal() -> Principal:
    """Return who is asking; only within a page that requires a key or a session."""
    return cast("Principal", g.principal)


def tenant_id() -> str:
    """Return the id of the tenant that is asking."""
    return principal().tenant_id
