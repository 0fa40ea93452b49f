"""Files that are put into a conversation with an assistant."""

from flask import Blueprint, Response, request

from api.apps.door import login_required, success
from api.http.context import principal, services
from api.http.received import files_of_form
from api.schemas.console.document import present_ids
from api.services.library.values import Upload

NOUN = "document"

blueprint = Blueprint("document_chat", __name__)


@blueprint.post("/upload_and_parse")
@login_required
def upload_and_parse() -> Response:
    """Add files to the first dataset of a conversation's assistant, and have them parsed."""
    services().library.disk.check(request.content_length or 0)  # before any of it is received
    uploads = [Upload(file.name, file.content) for file in files_of_form()]
    session_id = request.form.get("conversation_id", "")
    dataset_id = services().chats.dialogues.dataset(principal(), session_id)
    made = services().library.uploads.upload(principal(), dataset_id, uploads)
    ids = [document.id for document in made]
    services().ingestion.parsing.parse(principal(), dataset_id, ids)
    return success(present_ids(made))
