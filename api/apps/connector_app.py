"""Connectors to other sources of data, which are not built: there are none."""

from flask import Response

from api.apps.door import DOOR, login_required, success
from api.http.absent import refusing

blueprint = refusing(DOOR, "connector", "Connectors to other sources of data")


@blueprint.get("/list")
@login_required
def list_connectors() -> Response:
    """List the connectors: none. RAGFlow's page of a dataset's settings asks for them."""
    return success([])
