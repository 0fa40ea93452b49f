"""Notes: kept, shared, pinned; several people write in one through sockets."""

from collections.abc import Sequence

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.process import web_process
from api.http.requests import json_body, query_arguments
from api.schemas.openwebui.conversation import key_of
from api.schemas.openwebui.grant import AccessRequest
from api.schemas.openwebui.note import (
    NoteChangeRequest,
    NoteRequest,
    NotesQuery,
    note_room,
    present_every_note,
    present_note,
    present_notes,
)
from api.schemas.openwebui.session import present_truth
from api.services.groups.records import WantedGrant
from api.services.unset import UNSET
from api.services.webui.note_records import Note
from api.services.webui.notes import NoteService
from api.things import Kind

NOTES = "/api/v1/notes"
ONE = f"{NOTES}/<note_id>"

blueprint = Blueprint("notes", __name__)


def kept() -> NoteService:
    """Return what keeps notes."""
    return services().webui.notes


def shared(note_id: str, wanted: Sequence[WantedGrant]) -> Note:
    """Grant a note to these, and to nobody else, and return it."""
    services().groups.sharing.share(principal(), Kind.NOTE, note_id, wanted)
    return kept().get(principal(), note_id)


def told(note: Note) -> Response:
    """Tell those who have a note open what it is now, and answer with it."""
    sockets = web_process().sockets
    if sockets is not None:
        sockets.tell_room("events:note", present_note(note), note_room(note.row.id))
    return success(present_note(note))


@blueprint.get(NOTES)
@reads_only
@signed_in_only
def list_all() -> Response:
    """List the notes that the asker may read, those last changed first."""
    return success(present_every_note(kept().every(principal())))


@blueprint.get(f"{NOTES}/search")
@reads_only
@signed_in_only
def list_page() -> Response:
    """List some of them, 60 a page: by a text in them, whose they are, who may write."""
    return success(present_notes(kept().page(principal(), query_arguments(NotesQuery).filter())))


@blueprint.get(f"{NOTES}/pinned")
@reads_only
@signed_in_only
def list_pinned() -> Response:
    """List those that the asker has pinned."""
    return success(present_every_note(kept().pinned(principal())))


@blueprint.post(f"{NOTES}/create")
@signed_in_only
def create() -> Response:
    """Keep a note."""
    body = json_body(NoteRequest)
    grants = body.first()
    services().groups.sharing.check(principal(), grants)
    made = kept().create(principal(), body.title, body.data, body.meta)
    return success(present_note(shared(made.row.id, grants) if grants else made))


@blueprint.get(ONE)
@reads_only
@signed_in_only
def show(note_id: str) -> Response:
    """Show a note."""
    return success(present_note(kept().get(principal(), key_of(note_id))))


@blueprint.post(f"{ONE}/update")
@signed_in_only
def change(note_id: str) -> Response:
    """Change what is given of a note."""
    body, wanted = json_body(NoteChangeRequest), key_of(note_id)
    grants = body.granted()
    if grants is not UNSET:
        services().groups.sharing.check_change(principal(), Kind.NOTE, wanted, grants)
    changed = kept().update(principal(), wanted, body.change())
    return told(changed if grants is UNSET else shared(wanted, grants))


@blueprint.post(f"{ONE}/pin")
@signed_in_only
def pin(note_id: str) -> Response:
    """Pin a note for the asker, or let it be pinned no more."""
    return success(present_note(kept().pin(principal(), key_of(note_id))))


@blueprint.post(f"{ONE}/access/update")
@signed_in_only
def set_access(note_id: str) -> Response:
    """Say to whom a note is granted: to these, and to nobody else."""
    wanted = json_body(AccessRequest).wanted()
    return told(shared(key_of(note_id), wanted))


@blueprint.delete(f"{ONE}/delete")
@signed_in_only
def delete(note_id: str) -> Response:
    """Delete a note with its document."""
    kept().delete(principal(), key_of(note_id))
    return success(present_truth(value=True))
