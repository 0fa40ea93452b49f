"""Lists of a person's conversations."""

from collections.abc import Sequence

from api.db.connection import Database, connected
from api.services.accounts.records import Principal
from api.services.webui import list_queries, queries
from api.services.webui.conversations import ConversationService
from api.services.webui.folder_records import ListedRow, ListFilter
from api.services.webui.records import Conversation, ConversationRow

PAGE = 60
"""Conversations of a page."""

MOST = 100_000
"""Conversations that a list without pages has at most."""

NOT_FILED = ListFilter(pinned=False, folder="")
PINNED = ListFilter(pinned=True)
ARCHIVED = ListFilter(archived=True)


class ListService:
    """Lists conversations."""

    def __init__(self, database: Database, conversations: ConversationService) -> None:
        """Initialize with where they are kept."""
        self.database = database
        self.conversations = conversations

    @connected
    def page(self, asker: Principal, page: int, wanted: ListFilter) -> list[ListedRow]:
        """Return a page of conversations; page 0 has all of them."""
        limit, offset = (PAGE, (page - 1) * PAGE) if page else (MOST, 0)
        return self.part(asker, wanted, limit, offset)

    @connected
    def part(
        self, asker: Principal, wanted: ListFilter, limit: int, offset: int
    ) -> list[ListedRow]:
        """Return some conversations of a list."""
        return self.shown(list_queries.page(self.database, asker.user_id, wanted, limit, offset))

    @connected
    def counted(
        self, asker: Principal, page: int, wanted: ListFilter
    ) -> tuple[list[ListedRow], int]:
        """Return a page of conversations, and how many there are."""
        count = list_queries.listing(self.database, asker.user_id, wanted).count()
        return self.part(asker, wanted, PAGE, (page - 1) * PAGE), count

    @connected
    def whole_of_folder(self, asker: Principal, folder_id: str) -> list[Conversation]:
        """Return the conversations of a folder with their messages, as many as a page has."""
        wanted = ListFilter(folder=folder_id)
        found = list_queries.page(self.database, asker.user_id, wanted, PAGE, 0)
        return [self.conversations.found(asker, row.id) for row in found]

    @connected
    def whole(
        self, asker: Principal, page: int, size: int, since: int = 0
    ) -> tuple[list[Conversation], int]:
        """Return a page of all conversations with their messages, and how many there are."""
        wanted = ListFilter(archived=None, since=since)
        found = list_queries.page(self.database, asker.user_id, wanted, size, (page - 1) * size)
        count = list_queries.listing(self.database, asker.user_id, wanted).count()
        return [self.conversations.found(asker, row.id) for row in found], count

    @connected
    def count_archived(self, asker: Principal) -> int:
        """Return how many conversations are in the archive."""
        return queries.count(self.database, asker.user_id, archived=True)

    def shown(self, found: Sequence[ConversationRow]) -> list[ListedRow]:
        """Return rows with whether an answer is being made in each."""
        active: set[str] = set()
        for start in range(0, len(found), 500):
            ids = [row.id for row in found[start : start + 500]]
            active |= list_queries.active(self.database, ids)
        return [ListedRow(row, row.id in active) for row in found]
