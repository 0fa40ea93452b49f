"""Files as documents of datasets."""

from flask import Blueprint, Response

from api.apps.door import login_required, success
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.file import FileIds, LinkRequest, present_link

blueprint = Blueprint("file2document", __name__)


@blueprint.post("/convert")
@login_required
def convert() -> Response:
    """Link files to documents in the given datasets, and in no others."""
    wanted = json_body(LinkRequest)
    links = services().files.links
    made = links.convert(principal(), wanted.file_ids, wanted.kb_ids, keep=wanted.keep)
    return success([present_link(link) for link in made])


@blueprint.post("/rm")
@login_required
def rm() -> Response:
    """Delete the documents of files."""
    services().files.links.remove(principal(), json_body(FileIds).file_ids)
    return success(data=True)
