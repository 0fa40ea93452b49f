"""Memories of agents and the messages in them, which are not built."""

from flask import Response

from api.apps.sdk.door import DOOR, api_key_required
from api.errors import NotBuiltError
from api.http.absent import METHODS, refusing

WHAT = "Memories of agents"

blueprint = refusing(DOOR, "memories", WHAT, "/memories", "/messages")


@blueprint.route("/memories", methods=METHODS)
@blueprint.route("/messages", methods=METHODS)
@api_key_required
def refuse_all() -> Response:
    """Refuse to list or make any."""
    raise NotBuiltError(WHAT)
