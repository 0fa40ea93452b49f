"""Notes, as the services take and return them; times in ms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from api.services.accounts.access import Right
from api.services.accounts.grant_records import GrantRecord
from api.services.stores.knowledge_records import PersonRecord
from api.services.stores.knowledge_values import Whose
from api.services.stores.queries.notes import text_of
from api.services.unset import UNSET, Unset

PAGE = 60
"""Notes of a page."""

Json = Mapping[str, object]


class NoteRow(NamedTuple):
    """A note of a tenant; `data` and `meta` are as the client has them.

    In a list, `data` has the beginning of the text alone.
    """

    id: str
    tenant_id: str
    user_id: str
    title: str
    data: Json
    meta: Json
    create_time: int
    update_time: int

    @property
    def is_shared(self) -> bool:
        """Return that members of a tenant have no part in it; it is granted."""
        return False

    @property
    def text(self) -> str:
        """Return what the note says, in Markdown."""
        return text_of(self.data)


@dataclass(frozen=True, slots=True)
class Note:
    """A note, and what the asker may do with it; `grants` are told of one to who manages it."""

    row: NoteRow
    right: Right
    owner: PersonRecord | None = None
    is_pinned: bool = False
    grants: tuple[GrantRecord, ...] = ()


class NotePage(NamedTuple):
    """Some notes, and how many there are in all."""

    notes: list[Note]
    total: int


@dataclass(frozen=True, slots=True)
class NoteChange:
    """What to change of a note: keys of `data` and `meta` join what there is."""

    title: str | Unset = UNSET
    data: Json = field(default_factory=dict)
    meta: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoteFilter:
    """Which notes: with a text in title or content, whose, with which right, in which order.

    Those that are `shared` are somebody else's, or granted to anybody; the asker has `pinned` them.
    """

    keywords: str = ""
    whose: Whose = Whose.EVERYBODY
    writable: bool | None = None
    order: str = "update_time"
    descending: bool = True
    page: int = 1
    pinned: bool | None = None
    shared: bool | None = None

    @property
    def offset(self) -> int:
        """Return how many rows come before the page."""
        return (self.page - 1) * PAGE


class StoredUpdate(NamedTuple):
    """An update of a note's document, of Yjs, or several that became one.

    `create_time` is 0 of those that stand for all that is older than a day.
    """

    id: int
    create_time: int
    body: bytes
