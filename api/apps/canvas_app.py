"""Agents, which are not built: there are none, and whatever is done with them is refused."""

from flask import Response

from api.apps.door import DOOR, login_required, success
from api.http.absent import refusing
from api.schemas.console.agent import present_no_agents

blueprint = refusing(DOOR, "canvas", "Agents and pipelines")


@blueprint.get("/list")
@login_required
def list_agents() -> Response:
    """List the agents: none. RAGFlow's page of agents goes blank on a refusal."""
    return success(present_no_agents())
