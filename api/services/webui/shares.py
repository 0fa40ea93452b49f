"""Conversations that others may read: as they were when they were shared, or as they go on."""

import uuid

from api.db.connection import Database, connected
from api.errors import NotFoundError
from api.services.accounts.access import Right, granted
from api.services.accounts.records import Principal
from api.services.webui import queries, share_queries
from api.services.webui.company import is_open, right_in
from api.services.webui.conversations import ConversationService
from api.services.webui.records import (
    GOES_ON,
    Conversation,
    ConversationRow,
    SharedRow,
    Tree,
)
from api.things import Kind

PAGE = 60
"""Shared conversations of a page."""


class ConversationShareService:
    """Shares conversations; to whom is said by grants of what is shared."""

    def __init__(self, database: Database, conversations: ConversationService) -> None:
        """Initialize with where they are kept."""
        self.database = database
        self.conversations = conversations

    @connected
    def share(self, asker: Principal, chat_id: str, mode: str = "") -> Conversation:
        """Share a conversation as it is now, or to be gone on with; raises NotFoundError."""
        with self.database.atomic():
            queries.lock(self.database, chat_id)
            kept = self.conversations.found(asker, chat_id)
            share_queries.put(self.database, kept.share_id or uuid.uuid4().hex, kept, mode)
            return self.conversations.found(asker, chat_id)

    @connected
    def end(self, asker: Principal, chat_id: str) -> bool:
        """Share a conversation no more; return whether it was shared. Raises NotFoundError."""
        with self.database.atomic():
            queries.lock(self.database, chat_id)
            self.conversations.own(asker, chat_id)
            return share_queries.end(self.database, chat_id)

    @connected
    def page(self, asker: Principal, page: int) -> list[SharedRow]:
        """Return a page of what the asker shares, the last shared first."""
        return share_queries.page(self.database, asker.user_id, PAGE, (page - 1) * PAGE)

    @connected
    def get(self, asker: Principal, share_id: str) -> Conversation:
        """Return a shared conversation; raises NotFoundError for who may not read it.

        One that is gone on with is the conversation itself.
        """
        found = share_queries.find(self.database, share_id)
        if found is None or not self.may_read(asker, found):
            raise NotFoundError(Kind.CONVERSATION, share_id)
        if found.mode == GOES_ON:
            return self.conversations.found(asker, found.chat_id, Right.READ)
        row = ConversationRow(
            id=found.id,
            user_id=found.user_id,
            title=found.title,
            current_id=found.current_id,
            is_pinned=False,
            is_archived=False,
            last_read_time=0,
            create_time=found.create_time,
            update_time=found.update_time,
        )
        tree = Tree(found.current_id, queries.messages(self.database, share_id))
        body = share_queries.body_of(self.database, share_id)
        return Conversation(row, body, tree, share_id=share_id, is_writable=False)

    @connected
    def is_readable(self, asker: Principal, chat_id: str) -> bool:
        """Return whether somebody may read a conversation, or what is shared under this id."""
        kept = queries.find(self.database, chat_id)
        if kept is not None:
            return right_in(self.database, asker, kept[0]) >= Right.READ
        found = share_queries.find(self.database, chat_id)
        return found is not None and self.may_read(asker, found)

    def may_read(self, asker: Principal, found: SharedRow) -> bool:
        """Return whether somebody may read what is shared."""
        if found.user_id == asker.user_id:
            return True
        held = granted(self.database, asker, Kind.CONVERSATION, [found.id])
        return held.get(found.id, Right.NONE) >= Right.READ

    @connected
    def grantable(self, asker: Principal, share_id: str) -> SharedRow:
        """Return what the asker shares; raises NotFoundError."""
        found = share_queries.find(self.database, share_id)
        if found is None or found.user_id != asker.user_id:
            raise NotFoundError(Kind.CONVERSATION, share_id)
        return found

    @connected
    def id_of(self, asker: Principal, chat_id: str) -> str:
        """Return under which id a conversation is shared; raises NotFoundError."""
        found = self.shared_as(asker, chat_id)
        if not found:
            raise NotFoundError(Kind.SHARE, chat_id)
        return found

    @connected
    def shared_as(self, asker: Principal, chat_id: str) -> str:
        """Return under which id a conversation is shared, or ''; raises NotFoundError."""
        self.conversations.own(asker, chat_id)
        return share_queries.of_chat(self.database, chat_id)

    @connected
    def set_mode(self, asker: Principal, chat_id: str, mode: str) -> None:
        """Say how a shared conversation is shared; raises NotFoundError."""
        share_queries.set_mode(self.database, self.id_of(asker, chat_id), mode)

    @connected
    def mode_of(self, asker: Principal, chat_id: str) -> str:
        """Return how a conversation is shared, or ''; raises NotFoundError."""
        self.conversations.own(asker, chat_id)
        return share_queries.shared(self.database, chat_id)[1]

    @connected
    def is_open(self, chat_id: str) -> bool:
        """Return whether others may go on with a conversation."""
        found = queries.find(self.database, chat_id)
        mode = share_queries.shared(self.database, chat_id)[1]
        return found is not None and is_open(self.database, found[0], mode)
