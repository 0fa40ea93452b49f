"""What browsers ask of the front end as an application of theirs.

The files of these names in the front end's folder speak of the server that it was built with.
"""

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from api.apps.openwebui.door import success
from api.http.context import services
from api.http.links import public_url
from api.schemas.openwebui.appearance import present_manifest, written_search

SEARCH = "application/opensearchdescription+xml"
WORKER = """self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
"""
"""What lets a browser install the front end; it keeps nothing."""

blueprint = Blueprint("appearance", __name__)


def needed() -> None:
    """Raise NotFound where no front end is served."""
    if not services().settings.frontend.dir:
        raise NotFound


@blueprint.get("/manifest.json")
def manifest() -> Response:
    """Tell a browser how the front end is installed."""
    needed()
    return success(present_manifest(request.root_path))


@blueprint.get("/opensearch.xml")
def search() -> Response:
    """Tell a browser how one asks from its line of addresses."""
    needed()
    return Response(written_search(public_url()), mimetype=SEARCH)


@blueprint.get("/sw.js")
def worker() -> Response:
    """Send the script with which a browser installs the front end."""
    needed()
    return Response(WORKER, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})
