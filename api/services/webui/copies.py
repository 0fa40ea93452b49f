"""Conversations that are made of others, or come from a file, and all of them to take along."""

import uuid
from collections.abc import Generator, Sequence

from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.errors import NotFoundError
from api.services.accounts.records import Principal
from api.services.webui import folder_queries, list_queries, queries, word_queries
from api.services.webui.conversations import ConversationService, check_folder, place_of
from api.services.webui.folder_records import ListFilter, Tag
from api.services.webui.records import Conversation, Imported, Tree, TreeMessage
from api.services.webui.tags import key_of_tag

LONGEST_TITLE = 500


class CopyService:
    """Makes conversations of others; the ids of messages stay, those of conversations are new."""

    def __init__(self, database: Database, conversations: ConversationService) -> None:
        """Initialize with where they are kept."""
        self.database = database
        self.conversations = conversations

    @connected
    def clone(self, asker: Principal, chat_id: str, title: str) -> Conversation:
        """Copy a conversation of the asker with its tags; raises NotFoundError."""
        return self.copy(asker, self.conversations.found(asker, chat_id), title)

    @connected
    def fork(self, asker: Principal, chat_id: str, message_id: str) -> Conversation:
        """Copy the branch of a conversation up to a message, or as it is shown.

        Raises NotFoundError.
        """
        kept = self.conversations.found(asker, chat_id)
        if message_id:
            place_of(kept.tree, message_id)
        current = message_id or kept.tree.current_id
        branch = Tree(current, tuple(Tree(current, kept.tree.messages).branch()))
        return self.copy(asker, Conversation(kept.row, kept.body, branch, kept.tags), "")

    @connected
    def copy(self, asker: Principal, kept: Conversation, title: str) -> Conversation:
        """Keep a copy of a conversation, of whoever it is, as the asker's."""
        now, is_own = now_ms(), kept.row.user_id == asker.user_id
        row = kept.row._replace(
            id=new_id(),
            user_id=asker.user_id,
            title=(title or f"Clone of {kept.row.title}")[:LONGEST_TITLE],
            current_id=kept.tree.current_id,
            is_archived=False,
            last_read_time=now,
            create_time=now,
            update_time=now,
            folder=kept.row.folder if is_own else "",
        )
        body = {**kept.body, "originalChatId": str(uuid.UUID(kept.row.id))}
        tree = Tree(kept.tree.current_id, tuple(ended(one) for one in kept.tree.messages))
        with self.database.atomic():
            queries.add(self.database, row, body, tree)
            word_queries.learn_all(self.database, row, tree)
            if is_own:
                for tag in folder_queries.tags_of(self.database, kept.row.id):
                    folder_queries.add_tag(self.database, row.id, tag)
        return self.conversations.found(asker, row.id)

    @connected
    def take_in(self, asker: Principal, given: Sequence[Imported]) -> list[Conversation]:
        """Keep conversations that come from a file, all or none.

        Raises NotFoundError for an unknown folder.
        """
        with self.database.atomic():
            return [self.taken(asker, one) for one in given]

    def taken(self, asker: Principal, given: Imported) -> Conversation:
        """Keep a conversation that comes from a file."""
        row = given.row._replace(id=new_id(), user_id=asker.user_id)
        check_folder(self.database, asker, row.folder)
        queries.add(self.database, row, given.body, given.tree)
        word_queries.learn_all(self.database, row, given.tree)
        names = {key_of_tag(name): name.strip() for name in given.tags}
        for tag, name in names.items():
            if tag:
                folder_queries.add_tag(self.database, row.id, Tag(tag, name, asker.user_id))
        return self.conversations.found(asker, row.id)

    def all_of(self, asker: Principal, *, archived: bool | None) -> Generator[Conversation]:
        """Yield the asker's conversations with their messages, read one by one.

        One that is deleted meanwhile is left out.
        """
        for chat_id in self.ids(asker, archived=archived):
            try:
                yield self.conversations.get(asker, chat_id)
            except NotFoundError:
                continue

    @connected
    def ids(self, asker: Principal, *, archived: bool | None) -> list[str]:
        """Return the ids of the asker's conversations, the last changed first."""
        return list_queries.ids(self.database, asker.user_id, ListFilter(archived=archived))


def ended(message: TreeMessage) -> TreeMessage:
    """Return a message in a copy, where nobody goes on with an answer that was being made."""
    if message.body.get("done") is not False:
        return message
    return message._replace(body={**message.body, "done": True})
