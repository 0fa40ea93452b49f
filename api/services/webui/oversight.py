"""Conversations of others, which administrators read and take along where settings let them."""

from collections.abc import Callable, Generator, Sequence
from typing import NamedTuple

from api.config.frontend import FrontendSettings
from api.db.connection import Database, connected
from api.errors import NotAllowedError, NotFoundError, ScopeError
from api.services.accounts.records import Principal
from api.services.accounts.scopes import EVERYTHING
from api.services.people.people import PeopleService
from api.services.webui import queries
from api.services.webui.conversations import ConversationService
from api.services.webui.folder_records import ListedRow, ListFilter
from api.services.webui.lists import ListService
from api.services.webui.records import Conversation, Tree
from api.things import Kind

AT_ONCE = 500
"""Ids of conversations that are read together."""


class Seen(NamedTuple):
    """A conversation, and whether it is read because its reader administers the server."""

    conversation: Conversation
    is_overseen: bool


class OversightService:
    """Shows administrators conversations of others, which they cannot change."""

    def __init__(
        self,
        database: Database,
        conversations: ConversationService,
        lists: ListService,
        people: PeopleService,
        settings: Callable[[], FrontendSettings],
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.database = database
        self.conversations = conversations
        self.lists = lists
        self.people = people
        self.settings = settings

    def get(self, asker: Principal, chat_id: str) -> Seen:
        """Return a conversation; raises NotFoundError for who may not read it."""
        try:
            return Seen(self.conversations.get(asker, chat_id), is_overseen=False)
        except NotFoundError:
            if not self.may_read(asker):
                raise
            return Seen(self.whole(chat_id), is_overseen=True)

    def list_of(self, asker: Principal, user_id: str, page: int) -> Sequence[ListedRow]:
        """Return a page of somebody's conversations, those last changed first; page 0 has all.

        Raises NotAllowedError, and NotFoundError for somebody who is not there.
        """
        self.check(asker, "administrators_read")
        found = self.people.get(asker, user_id)
        return self.lists.page(Principal(found.id, found.id), page, ListFilter())

    def all(self, asker: Principal) -> Generator[Conversation]:
        """Return what yields the conversations of all people; raises NotAllowedError at once."""
        self.check(asker, "administrators_export")
        return self.each()

    def each(self) -> Generator[Conversation]:
        """Yield the conversations of all people, read one by one.

        One that is deleted meanwhile is left out.
        """
        last = ""
        while ids := self.ids(last):
            for chat_id in ids:
                try:
                    yield self.whole(chat_id)
                except NotFoundError:
                    continue
            last = ids[-1]

    def may_read(self, asker: Principal) -> bool:
        """Return whether somebody may read conversations of others."""
        is_on = self.settings().administrators_read == "on"
        return is_on and asker.scope is EVERYTHING and self.people.administers(asker)

    def check(self, asker: Principal, setting: str) -> None:
        """Raise NotAllowedError for who is no administrator, or where a setting is off."""
        self.people.check_administrator(asker)
        if asker.scope is not EVERYTHING:
            raise ScopeError("A key with a scope does not show chats of others.")
        if getattr(self.settings(), setting) != "on":
            raise NotAllowedError(f"The setting `frontend.{setting}` is off.")

    @connected
    def ids(self, after: str) -> list[str]:
        """Return ids of conversations after one, in their order."""
        return queries.ids_after(self.database, after, AT_ONCE)

    @connected
    def whole(self, chat_id: str) -> Conversation:
        """Return a conversation, whosever it is; raises NotFoundError."""
        found = queries.find(self.database, chat_id)
        if found is None:
            raise NotFoundError(Kind.CONVERSATION, chat_id)
        row, body = found
        tree = Tree(row.current_id, queries.messages(self.database, chat_id))
        return Conversation(row, body, tree, is_writable=False)
