"""The statements about lists of conversations."""

from collections.abc import Collection

from api.db.connection import Database
from api.db.listing import LIKE_ESCAPE, Listing, containing, ordered
from api.db.sql import marks, rows
from api.services.webui.folder_records import ListFilter
from api.services.webui.queries import row_of
from api.services.webui.records import ConversationRow
from api.services.webui.word_queries import HAVING, IN_MESSAGE, IN_TITLE
from rag.tokenizing.keys import AFTER

TAGGED = "id IN (SELECT chat_id FROM webui_tag WHERE user_id = ? AND tag = ?)"

SHARED = "SELECT chat_id FROM webui_share WHERE user_id = ?"

IN_FOLDERS = ("user_id", "folder", "is_archived", "update_time", "id", "is_pinned")
ANYWHERE = ("user_id", "is_archived", "update_time", "id", "is_pinned", "folder")
"""The indexes by which lists go."""


def listing(database: Database, user_id: str, wanted: ListFilter) -> Listing:
    """Return the list of such conversations of a person."""
    found = Listing(database, "webui_chat", ConversationRow._fields).where("user_id = ?", user_id)
    columns = {
        "is_archived": wanted.archived,
        "is_pinned": wanted.pinned,
        "folder": wanted.folder,
    }
    for column, value in columns.items():
        if value is not None:
            found = found.where(f"{column} = ?", value)
    if wanted.since:
        found = found.where("update_time >= ?", wanted.since)
    if wanted.title:
        pattern = containing(wanted.title.lower())
        found = found.where(f"LOWER(title) LIKE ? ESCAPE '{LIKE_ESCAPE}'", pattern)
    if wanted.is_sought():
        return sought(found, user_id, wanted)
    if wanted.order == "update_time" and wanted.archived is not None:
        found = found.by(*(ANYWHERE if wanted.folder is None else IN_FOLDERS))
    return found


def sought(found: Listing, user_id: str, wanted: ListFilter) -> Listing:
    """Return those of a list that other tables say more of."""
    for tag in wanted.tags:
        found = found.where(TAGGED, user_id, tag)
    first = {None: HAVING, True: IN_TITLE, False: IN_MESSAGE}[wanted.in_titles]
    for place, word in enumerate(wanted.words):
        found = found.where(HAVING if place else first, user_id, word, word + AFTER)
    if wanted.folders is not None:
        found = found.where_in("folder", wanted.folders)
    if wanted.shared is not None:
        found = found.where(f"id {'' if wanted.shared else 'NOT '}IN ({SHARED})", user_id)
    return found


def page(
    database: Database, user_id: str, wanted: ListFilter, limit: int, offset: int
) -> list[ConversationRow]:
    """Return a page of conversations.

    Where it begins is found in an index alone; no row before that is read.
    """
    found = listing(database, user_id, wanted)
    if offset:
        before = found.having("1 = 1")
        before.source, before.columns = found.source, (wanted.order, "id")
        place = before.tuples(
            f"{ordered(wanted.order, desc=wanted.descending)} LIMIT 1 OFFSET ?", offset - 1
        )
        if not place:
            return []
        source = found.source
        found = found.behind(wanted.order, *place[0], desc=wanted.descending)
        found.source = source
    tail = f"{ordered(wanted.order, desc=wanted.descending)} LIMIT ?"
    return [row_of(one) for one in found.tuples(tail, limit)]


def ids(database: Database, user_id: str, wanted: ListFilter) -> list[str]:
    """Return the ids of such conversations of a person, the last changed first."""
    found = listing(database, user_id, wanted)
    found.columns = ("id",)
    return [chat_id for (chat_id,) in found.tuples(ordered("update_time", desc=True))]


def active(database: Database, chat_ids: Collection[str]) -> set[str]:
    """Return in which of some conversations an answer is being made."""
    if not chat_ids:
        return set()
    statement = f"SELECT chat_id FROM webui_task WHERE chat_id IN ({marks(list(chat_ids))})"  # noqa: S608 - marks alone
    return {chat_id for (chat_id,) in rows(database, statement, *chat_ids)}
