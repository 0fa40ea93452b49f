"""Where programs that speak MCP get a token; they ask for it with or without the path."""

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from api.apps.oauth.door import DOOR
from api.http.context import services
from api.http.links import public_url
from api.schemas.oauth.metadata import present_metadata

blueprint = Blueprint("metadata", __name__)


@blueprint.get("/.well-known/oauth-protected-resource")
@blueprint.get("/.well-known/oauth-protected-resource/mcp")
def describe() -> Response:
    """Say whose access tokens open `/mcp`."""
    issuer = services().identity.tokens.issuer
    if not issuer:
        raise NotFound
    return DOOR.success(present_metadata(f"{public_url()}/mcp", issuer))
