"""Notes as Open WebUI's clients have them; times in ns since 1970."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.schemas.base import MAX_PAGE, Request, StorableText
from api.schemas.openwebui.conversation import dashed
from api.schemas.openwebui.grant import GrantAnswer, GrantingRequest, present_grants
from api.schemas.openwebui.knowledge import PersonAnswer, present_owner
from api.services.accounts.access import Right
from api.services.stores.knowledge_values import Whose
from api.services.unset import UNSET
from api.services.webui.note_records import Note, NoteChange, NoteFilter, NotePage

MOST_KEYS = 64
LONGEST_TITLE = 500

NS = 1_000_000
"""Nanoseconds of a millisecond."""

ORDERS = {"title": "title", "created_at": "create_time", "updated_at": "update_time"}

WRITABLE = {"write": True, "read_only": False}

Title = Annotated[StorableText, Field(max_length=LONGEST_TITLE)]


class NoteRequest(GrantingRequest):
    """A note that is to be kept."""

    model_config = ConfigDict(
        str_max_length=4_000_000,
        json_schema_extra={
            "examples": [{"title": "Lamps", "data": {"content": {"md": "Lit at dusk."}}}]
        },
    )

    title: Title
    data: dict[str, object] = Field({}, max_length=MOST_KEYS)
    meta: dict[str, object] = Field({}, max_length=MOST_KEYS)


class NoteChangeRequest(GrantingRequest):
    """What to change of a note: keys of `data` and `meta` join what there is."""

    model_config = ConfigDict(
        str_max_length=4_000_000, json_schema_extra={"examples": [{"title": "Lamps"}]}
    )

    title: Title | None = None
    data: dict[str, object] = Field({}, max_length=MOST_KEYS)
    meta: dict[str, object] = Field({}, max_length=MOST_KEYS)

    def change(self) -> NoteChange:
        """Return what is given."""
        return NoteChange(UNSET if self.title is None else self.title, self.data, self.meta)


class NotesQuery(Request):
    """Which notes, in which order; 60 a page."""

    query: StorableText = Field("", max_length=255)
    view_option: Literal["", "created", "shared"] = ""
    permission: Literal["", "read", "read_only", "write"] = ""
    order_by: str = Field("", max_length=32)
    direction: Literal["", "asc", "desc"] = ""
    page: int = Field(1, ge=1, le=MAX_PAGE)

    def filter(self) -> NoteFilter:
        """Return what is asked for; what has no order comes by its newest change."""
        return NoteFilter(
            keywords=self.query,
            whose=Whose(self.view_option),
            writable=WRITABLE.get(self.permission),
            order=ORDERS.get(self.order_by, "update_time"),
            descending=self.direction != "asc",
            page=self.page,
        )


class NoteAnswer(TypedDict):
    """A note; in a list, `data` has the beginning of the text alone."""

    id: str
    user_id: str
    title: str
    data: Mapping[str, Any]
    meta: Mapping[str, Any]
    is_pinned: bool
    access_grants: list[GrantAnswer]
    created_at: int
    updated_at: int
    user: PersonAnswer | None
    write_access: bool


class NotesAnswer(TypedDict):
    """Some notes, and how many there are in all."""

    items: list[NoteAnswer]
    total: int


def note_room(note_id: str) -> str:
    """Return the room in which those hear of a note who have it open."""
    return f"note:{dashed(note_id)}"


def present_note(note: Note) -> NoteAnswer:
    """Return a note."""
    row = note.row
    return {
        "id": dashed(row.id),
        "user_id": row.user_id,
        "title": row.title,
        "data": row.data,
        "meta": row.meta,
        "is_pinned": note.is_pinned,
        "access_grants": present_grants("note", row.id, note.grants),
        "created_at": row.create_time * NS,
        "updated_at": row.update_time * NS,
        "user": present_owner(note.owner),
        "write_access": note.right >= Right.CHANGE,
    }


def present_every_note(notes: Sequence[Note]) -> list[NoteAnswer]:
    """Return notes."""
    return [present_note(one) for one in notes]


def present_notes(page: NotePage) -> NotesAnswer:
    """Return a page of notes."""
    return {"items": present_every_note(page.notes), "total": page.total}
