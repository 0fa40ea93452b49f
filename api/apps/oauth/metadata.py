"""Where programs that speak MCP get a token; they ask for it with or without the path."""

from flask import Blueprint, Response

from api.apps.oauth.door import NO_OAUTH
from api.http.context import services
from api.http.links import public_url
from api.http.responses import plain
from api.schemas.oauth.metadata import present_metadata
from api.schemas.oauth.refusal import present_refusal

blueprint = Blueprint("metadata", __name__)


@blueprint.get("/.well-known/oauth-protected-resource")
@blueprint.get("/.well-known/oauth-protected-resource/mcp")
def describe() -> Response:
    """Say whose access tokens open `/mcp`."""
    issuer = services().identity.tokens.issuer
    if not issuer:
        return plain(present_refusal("not_found", NO_OAUTH), 404)
    return plain(present_metadata(f"{public_url()}/mcp", issuer), 200)
