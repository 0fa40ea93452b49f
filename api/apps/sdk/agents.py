"""Agents, which are not built: there are none, and whatever is done with them is refused."""

from flask import Response

from api.apps.sdk.door import DOOR, api_key_required, dialect, success
from api.errors import NotBuiltError
from api.http.absent import refusing

WHAT = "Agents"

blueprint = refusing(DOOR, "agents", WHAT, "/agents")


@blueprint.get("/agents")
@api_key_required
def list_agents() -> Response:
    """List the agents: none."""
    return success(dialect().present_agents())


@blueprint.post("/agents")
@api_key_required
def create() -> Response:
    """Refuse to make one."""
    raise NotBuiltError(WHAT)
