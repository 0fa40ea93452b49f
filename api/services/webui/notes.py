"""Notes: texts that people keep, share, and write in together."""

from collections.abc import Iterable
from dataclasses import replace

import orjson

from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.errors import ConflictError, RuleError
from api.services.accounts.access import Right, check, granted, right_of
from api.services.accounts.grant_queries import list_grants
from api.services.accounts.records import Principal
from api.services.stores.queries.knowledge import people
from api.services.stores.queries.notes import CONTENT
from api.services.unset import UNSET
from api.services.webui import note_queries as queries
from api.services.webui.note_document_queries import has_document
from api.services.webui.note_records import Json, Note, NoteChange, NoteFilter, NotePage, NoteRow
from api.things import Kind

MOST = 10_000
"""Notes of a person."""

MOST_LISTED = 1000
"""Notes that a list without pages has at most."""

MOST_BYTES = 2 << 20
"""Bytes of the data of a note."""


IN_DOCUMENT = (
    "The text of this note is what its document says, in which people write together: change it"
    " in the editor."
)


class NoteService:
    """Keeps notes; who else may read and write them is granted."""

    def __init__(self, database: Database) -> None:
        """Initialize with where they are kept."""
        self.database = database

    # Reading.

    @connected
    def every(self, asker: Principal) -> list[Note]:
        """Return the notes that the asker may read, those last changed first."""
        return self.shown(asker, queries.first(self.database, asker, MOST_LISTED))

    @connected
    def pinned(self, asker: Principal) -> list[Note]:
        """Return the notes that the asker has pinned."""
        return self.shown(asker, queries.pinned(self.database, asker, MOST_LISTED))

    @connected
    def page(self, asker: Principal, wanted: NoteFilter) -> NotePage:
        """Return a page of the notes that the asker may read."""
        found, total = queries.page(self.database, asker, wanted)
        return NotePage(self.shown(asker, found), total)

    @connected
    def find(self, asker: Principal, wanted: NoteFilter, limit: int) -> list[Note]:
        """Return the first of the notes that the asker may read."""
        return self.shown(asker, queries.page(self.database, asker, wanted, limit)[0])

    @connected
    def get(self, asker: Principal, note_id: str) -> Note:
        """Return a note that the asker may read; raises NotFoundError."""
        row = self.checked(asker, note_id, Right.READ)
        (note,) = self.shown(asker, [row])
        if note.right < Right.MANAGE:
            return note
        return replace(note, grants=tuple(list_grants(self.database, Kind.NOTE, row.id)))

    @connected
    def grantable(self, asker: Principal, note_id: str) -> NoteRow:
        """Return a note of which the asker may say who uses it.

        Raises NotFoundError, and ForbiddenError.
        """
        return self.checked(asker, note_id, Right.MANAGE)

    @connected
    def right(self, asker: Principal, note_id: str, right: Right) -> NoteRow:
        """Return the beginning of a note to which the asker has a right; raises as `check`."""
        found = queries.brief_row(self.database, note_id)
        return check(self.database, asker, found, right, Kind.NOTE, note_id)

    def checked(self, asker: Principal, note_id: str, right: Right) -> NoteRow:
        """Within a connection: return a note to which the asker has a right; raises as `check`."""
        found = queries.find(self.database, note_id)
        return check(self.database, asker, found, right, Kind.NOTE, note_id)

    def shown(self, asker: Principal, rows: Iterable[NoteRow]) -> list[Note]:
        """Within a connection: return notes with whose they are, and what the asker may do."""
        rows = list(rows)
        owners = people(self.database, sorted({row.user_id for row in rows}))
        others = [row.id for row in rows if right_of(asker, row) < Right.MANAGE]
        given = granted(self.database, asker, Kind.NOTE, others)
        pins = queries.pins(self.database, asker.user_id, [row.id for row in rows])
        return [
            Note(
                row,
                max(right_of(asker, row), given.get(row.id, Right.NONE)),
                owners.get(row.user_id),
                row.id in pins,
            )
            for row in rows
        ]

    # Changing.

    @connected
    def create(self, asker: Principal, title: str, data: Json, meta: Json) -> Note:
        """Keep a note; raises RuleError for one that is too large, or one too many."""
        check_size(data, meta)
        now = now_ms()
        owner = (asker.tenant_id, asker.user_id)
        row = NoteRow(new_id(), *owner, title, data, meta, now, now)
        with self.database.atomic():
            if queries.count(self.database, asker.tenant_id) >= MOST:
                raise RuleError(f"There are {MOST:,} notes, and no room for more.")
            queries.add(self.database, row)
        return self.get(asker, row.id)

    @connected
    def update(self, asker: Principal, note_id: str, change: NoteChange) -> Note:
        """Change a note.

        Raises NotFoundError, ForbiddenError, RuleError for one that is too large, and ConflictError
        for another text of one that has a document: editors would write theirs over it.
        """
        with self.database.atomic():
            queries.lock(self.database, note_id)
            row = self.checked(asker, note_id, Right.CHANGE)
            content = change.data.get(CONTENT, row.data.get(CONTENT))
            if content != row.data.get(CONTENT) and has_document(self.database, note_id):
                raise ConflictError(IN_DOCUMENT)
            self.write(row, change)
        return self.get(asker, note_id)

    def write(self, row: NoteRow, change: NoteChange) -> None:
        """Within a transaction: write what changes of a note; raises RuleError."""
        title = row.title if change.title is UNSET else change.title
        data, meta = {**row.data, **change.data}, {**row.meta, **change.meta}
        if (title, data, meta) != (row.title, row.data, row.meta):
            check_size(data, meta)
            queries.write(self.database, row.id, title, data, meta)

    @connected
    def pin(self, asker: Principal, note_id: str) -> Note:
        """Pin a note for the asker, or let it be pinned no more; raises NotFoundError."""
        with self.database.atomic():
            queries.lock(self.database, note_id)
            self.checked(asker, note_id, Right.READ)
            if not queries.unpin(self.database, asker.user_id, note_id):
                queries.pin(self.database, asker.user_id, note_id)
        return self.get(asker, note_id)

    @connected
    def delete(self, asker: Principal, note_id: str) -> None:
        """Delete a note with its document; raises NotFoundError, and ForbiddenError."""
        with self.database.atomic():
            self.checked(asker, note_id, Right.OWN)
            queries.delete(self.database, note_id)


def check_size(data: Json, meta: Json) -> None:
    """Raise RuleError for what is too large to be kept."""
    if len(orjson.dumps(data)) + len(orjson.dumps(meta)) > MOST_BYTES:
        raise RuleError(f"`data` and `meta` of a note have at most {MOST_BYTES:,} bytes.")
