"""The search over everything: conversations, what was said in them, and notes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from api.db.connection import Database, connected
from api.services.accounts.records import Principal
from api.services.stores.knowledge_values import Whose
from api.services.webui import folder_queries, note_queries, share_queries
from api.services.webui.folder_records import Folder, ListedRow, Sought
from api.services.webui.folders import within
from api.services.webui.note_records import Note, NoteFilter
from api.services.webui.notes import NoteService
from api.services.webui.searching import SearchService, around
from rag.tokenizing.keys import words_of_query

PAGE = 30
"""Things of a page."""


class Found(StrEnum):
    """What is found: a conversation, one in which something was said, or a note."""

    CHAT = "chat"
    MESSAGE = "message"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Everywhere:
    """What is looked for in things of some kinds, whose, and in which folder of chats."""

    sought: Sought = field(default_factory=Sought)
    kinds: frozenset[Found] = frozenset(Found)
    whose: Whose = Whose.EVERYBODY
    folder_id: str = ""
    page: int = 1


class Hit(NamedTuple):
    """What was found; `snippet` shows where, and `place` is the folder that it is in."""

    kind: Found
    id: str
    title: str
    snippet: str
    place: str
    update_time: int
    is_shared: bool
    is_pinned: bool


class Hits(NamedTuple):
    """Some of what was found, whether there is more, and the folders of the asker."""

    hits: Sequence[Hit]
    has_more: bool
    folders: Sequence[Folder]


class FindingService:
    """Searches all that a person may read in the front end."""

    def __init__(self, database: Database, search: SearchService, notes: NoteService) -> None:
        """Initialize with the parts."""
        self.database = database
        self.search = search
        self.notes = notes

    @connected
    def page(self, asker: Principal, wanted: Everywhere) -> Hits:
        """Return a page of what has all words of a text, what was last changed first."""
        folders = folder_queries.of_person(self.database, asker.user_id)
        most = wanted.page * PAGE + 1
        found = [*self.chats(asker, wanted, folders, most), *self.written(asker, wanted, most)]
        found.sort(key=lambda hit: (-hit.update_time, hit.id))
        first = most - PAGE - 1
        return Hits(found[first : most - 1], len(found) >= most, folders)

    def chats(
        self, asker: Principal, wanted: Everywhere, folders: Sequence[Folder], most: int
    ) -> list[Hit]:
        """Return conversations; those that have the first word in a message are messages."""
        sought, others = wanted.sought, wanted.whose is Whose.OTHERS
        kinds = wanted.kinds & ({Found.CHAT, Found.MESSAGE} if sought.text else {Found.CHAT})
        if not kinds or (others and sought.shared is False):
            return []
        in_titles = None if len(kinds) > 1 or not sought.text else Found.CHAT in kinds
        within_ids = tuple(within(folders, wanted.folder_id)) if wanted.folder_id else None
        shared = True if others else sought.shared
        sought = replace(sought, shared=shared, in_titles=in_titles)
        found = self.search.part(asker, sought, most, 0, within_ids)
        names = {folder.id: folder.name for folder in folders}
        given = share_queries.shared_among(self.database, [one.row.id for one in found])
        return [hit_of_chat(one, names.get(one.row.folder, ""), given) for one in found]

    def written(self, asker: Principal, wanted: Everywhere, most: int) -> list[Hit]:
        """Return notes, which have neither folders nor tags, and no archive."""
        sought = wanted.sought
        of_chats = wanted.folder_id or sought.folders or sought.tags or sought.archived
        if Found.NOTE not in wanted.kinds or of_chats:
            return []
        marked = NoteFilter(pinned=sought.pinned, shared=sought.shared)
        named = replace(marked, keywords=sought.text, whose=wanted.whose)
        notes = self.notes.find(asker, named, most)
        given = note_queries.granted_among(self.database, [one.row.id for one in notes])
        words = words_of_query(sought.text)
        word = words[0] if words else ""
        return [hit_of_note(asker, one, word, given) for one in notes]


def hit_of_chat(listed: ListedRow, place: str, shared: set[str]) -> Hit:
    """Return a conversation that was found."""
    row = listed.row
    kind = Found.MESSAGE if listed.snippet else Found.CHAT
    first = (kind, row.id, row.title, listed.snippet, place)
    return Hit(*first, row.update_time, row.id in shared, row.is_pinned)


def hit_of_note(asker: Principal, note: Note, word: str, granted: set[str]) -> Hit:
    """Return a note that was found, with what stands around a word in its beginning."""
    row = note.row
    is_shared = row.user_id != asker.user_id or row.id in granted
    first = (Found.NOTE, row.id, row.title, around(row.text, word), "")
    return Hit(*first, row.update_time, is_shared, note.is_pinned)
