"""The documents of notes that several people write in at once: updates of Yjs, kept as they come.

What an update says is not looked at here. All updates together are the document, in whatever order
they came; two that need each other may come a while apart. So updates of a day are only put
together, those of an hour into one, and what is older becomes one without what was deleted.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from api.db.base import now_ms
from api.db.connection import Database, connected
from api.errors import NotFoundError, RuleError
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.webui import note_document_queries as queries
from api.services.webui.note_queries import lock
from api.services.webui.note_records import Json, NoteChange, NoteRow, StoredUpdate
from api.services.webui.notes import NoteService
from api.things import Kind

MOST_BYTES = 2 << 20
"""Bytes of a document's updates."""

MANY = 256
"""Updates of a document from which on it is put together."""

DAY, HOUR = 86_400_000, 3_600_000

OLDEST = 0
"""The time of what stands for all that is older than a day."""


class Merges(Protocol):
    """Puts updates of Yjs together."""

    def together(self, updates: Sequence[bytes]) -> bytes:
        """Return one update that says what several do, nothing left out."""
        ...

    def lean(self, updates: Sequence[bytes]) -> bytes:
        """Return one without the text of what was deleted, or of what needs other updates."""
        ...


class Group(NamedTuple):
    """Updates of a document that are to become one."""

    create_time: int
    updates: Sequence[StoredUpdate]


class NoteDocumentService:
    """Keeps the documents of notes."""

    def __init__(self, database: Database, notes: NoteService) -> None:
        """Initialize with where they are kept, and who may read and write them."""
        self.database = database
        self.notes = notes

    @connected
    def read(self, asker: Principal, note_id: str) -> tuple[NoteRow, list[bytes]]:
        """Return a note that the asker may read, and the updates of its document.

        Raises NotFoundError.
        """
        row = self.notes.checked(asker, note_id, Right.READ)
        return row, [one.body for one in queries.updates(self.database, note_id)]

    @connected
    def begin(self, asker: Principal, note_id: str, update: bytes) -> list[bytes]:
        """Keep the first update of a document unless it has some; return those that it has now.

        Raises what `add` does.
        """
        self.notes.right(asker, note_id, Right.CHANGE)
        check_size(len(update))
        with self.database.atomic():
            self.lock(note_id)
            known = [one.body for one in queries.updates(self.database, note_id)]
            if not known:
                self.write(note_id, now_ms(), update)
        return known or [update]

    @connected
    def add(self, asker: Principal, note_id: str, update: bytes) -> bool:
        """Keep an update; return whether there are many, which can be put together.

        Raises NotFoundError, ForbiddenError, and RuleError where there is no more room.
        """
        self.notes.right(asker, note_id, Right.CHANGE)
        count, size = queries.size(self.database, note_id)
        check_size(size + len(update))
        self.write(note_id, now_ms(), update)
        return count + 1 >= MANY or size > MOST_BYTES // 2

    @connected
    def save(self, asker: Principal, note_id: str, data: Json) -> None:
        """Keep what the document says as what the note says; raises as `NoteService.update`."""
        with self.database.atomic():
            self.lock(note_id)
            row = self.notes.checked(asker, note_id, Right.CHANGE)
            self.notes.write(row, NoteChange(data=data))

    def compact(self, note_id: str, merges: Merges) -> None:
        """Put updates together, holding no connection; what others do meanwhile stands."""
        for group in self.groups(note_id):
            put = merges.lean if group.create_time == OLDEST else merges.together
            self.replace(note_id, group, put([one.body for one in group.updates]))

    @connected
    def groups(self, note_id: str) -> list[Group]:
        """Return which updates are to become one."""
        return grouped(queries.updates(self.database, note_id), now_ms())

    @connected
    def replace(self, note_id: str, group: Group, update: bytes) -> None:
        """Keep one update in place of several, unless somebody else has put these together."""
        with self.database.atomic() as transaction:
            self.lock(note_id)
            if queries.take(self.database, note_id, [one.id for one in group.updates]):
                self.write(note_id, group.create_time, update)
            else:
                transaction.rollback()

    def lock(self, note_id: str) -> None:
        """Within a transaction: let nobody else change a note; raises NotFoundError."""
        if not lock(self.database, note_id):
            raise NotFoundError(Kind.NOTE, note_id)

    def write(self, note_id: str, created: int, update: bytes) -> None:
        """Within a connection: write an update; raises NotFoundError where the note is gone."""
        if not queries.add(self.database, note_id, created, update):
            raise NotFoundError(Kind.NOTE, note_id)


def check_size(size: int) -> None:
    """Raise RuleError for a document that is too large."""
    if size > MOST_BYTES:
        raise RuleError(f"The document of a note has at most {MOST_BYTES:,} bytes of updates.")


def grouped(updates: Sequence[StoredUpdate], now: int) -> list[Group]:
    """Return updates by what they are to become: all that is old, and each hour of a day.

    One that is alone stays as it is, unless it has become old. A document that is about to be full
    is old after an hour.
    """
    is_large = sum(len(one.body) for one in updates) > MOST_BYTES // 2
    oldest = now - (HOUR if is_large else DAY)
    found: dict[int, list[StoredUpdate]] = defaultdict(list)
    for one in updates:
        found[OLDEST if one.create_time < oldest else one.create_time // HOUR * HOUR].append(one)
    return [
        Group(created, many)
        for created, many in found.items()
        if len(many) > 1 or (created == OLDEST) > (many[0].create_time == OLDEST)
    ]
