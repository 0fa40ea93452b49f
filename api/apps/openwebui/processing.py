"""Files, texts and pages of the web that are to be found from now on."""

from io import BytesIO

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.openwebui.retrieval import (
    FileToRead,
    PageQuery,
    PageRequest,
    TextRequest,
    WebQuestions,
    present_found,
    present_page,
    present_read,
)
from api.services.files.values import ReceivedFile
from api.services.stores.knowledge_files import KnowledgeFiles

blueprint = Blueprint("processing", __name__)


def kept() -> KnowledgeFiles:
    """Return what keeps files."""
    return services().stores.knowledge_files


@blueprint.post("/api/v1/retrieval/process/text")
@signed_in_only
def read_text() -> Response:
    """Keep a text as a file, and read it."""
    body = json_body(TextRequest)
    received = ReceivedFile(f"{body.name}.txt", BytesIO(body.content.encode()))
    made = kept().upload(principal(), received, body.dataset_id())
    return success(present_read(made, body.content, body.collection_name))


@blueprint.post("/api/v1/retrieval/process/file")
@signed_in_only
def read_file() -> Response:
    """Read a file, for a knowledge base or for its own sake, and wait a while for it."""
    body = json_body(FileToRead)
    begun = kept().read(principal(), body.id(), body.dataset_id())
    found, text = kept().awaited(principal(), begun)
    return success(present_read(found, text, body.collection_name))


@blueprint.post("/api/v1/retrieval/process/web")
@blueprint.post("/api/v1/retrieval/process/url")
@signed_in_only
def read_page() -> Response:
    """Fetch a page of the web, keep it as a file, and wait a while for its being read."""
    body = json_body(PageRequest)
    query_arguments(PageQuery)
    made = kept().fetch(principal(), body.url, body.dataset_id())
    found, text = kept().awaited(principal(), made)
    return success(present_page(found, text, body.collection_name, body.url))


@blueprint.post("/api/v1/retrieval/process/web/search")
@signed_in_only
def search_web() -> Response:
    """Search the web, keep the pages as files, and begin to read them."""
    body, web = json_body(WebQuestions), services().webui.media.web_search
    found = web.find(principal(), body.queries)
    return success(present_found(found, kept().keep_pages(principal(), web.fetch(found))))
