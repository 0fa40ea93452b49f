"""Traces in Langfuse, which are not built."""

from flask import Response

from api.apps.door import DOOR, login_required
from api.http.absent import refusing
from api.http.responses import enveloped
from api.schemas.console.agent import present_no_key

blueprint = refusing(DOOR, "langfuse", "Traces in Langfuse")


@blueprint.get("/api_key")
@login_required
def api_key() -> Response:
    """Show the key: there is none, which the page wants to be told by a null."""
    return enveloped(present_no_key(), 200)
