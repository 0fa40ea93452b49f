"""What is written about a chat once an answer in it is there."""

from collections.abc import Mapping, Sequence

from api.db.connection import Database, connected
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.webui import queries, word_queries
from api.services.webui.conversations import ConversationService
from api.services.webui.records import (
    UNTITLED,
    Conversation,
    TaskRecord,
    Tree,
    Wanted,
    title_of,
)
from api.services.webui.tags import TagService
from api.services.webui.writing import Kind, WritingService, Written

SPEAKERS = frozenset({"user", "assistant"})


class EpilogueService:
    """Lets a model write titles, tags and questions, and keeps them with the chat."""

    def __init__(
        self, database: Database, conversations: ConversationService, writing: WritingService
    ) -> None:
        """Initialize with the parts."""
        self.database = database
        self.conversations = conversations
        self.tags = TagService(database, conversations)
        self.writing = writing

    def write(self, asker: Principal, task: TaskRecord, wanted: Wanted, kind: Kind) -> Written:
        """Return what was written after an answer, and is kept; empty where nothing is wanted.

        No connection is held while the model writes. Tags are for whose chat it is alone. Raises
        what `WritingService.write` does, and NotFoundError where the chat is gone.
        """
        nothing = Written(kind)
        if not self.writing.is_on(kind):
            return nothing
        found = self.conversations.get(asker, task.chat_id)
        if kind is Kind.TAGS and found.row.user_id != asker.user_id:
            return nothing
        branch = Tree(task.message_id, found.tree.messages).branch()
        said = [
            {"role": str(one.body["role"]), "content": str(one.body.get("content") or "")}
            for one in branch
            if one.body.get("role") in SPEAKERS
        ]
        if kind is Kind.TITLE and not is_untitled(found, said):
            return nothing
        written = self.writing.write(asker, kind, wanted.model, said)
        return written if self.keep(asker, task, found.row.title, written) else nothing

    @connected
    def keep(self, asker: Principal, task: TaskRecord, title: str, written: Written) -> bool:
        """Keep what was written; false where there is nothing, or somebody has renamed the chat."""
        if written.kind is Kind.TITLE:
            return self.rename(asker, task.chat_id, title, written.text)
        if not written.texts:
            return False
        if written.kind is Kind.TAGS:
            self.tags.put(asker, task.chat_id, list(written.texts))
        else:
            with self.database.atomic():
                queries.lock(self.database, task.chat_id)
                changes = {"followUps": list(written.texts)}
                queries.merge_message(self.database, task.chat_id, task.message_id, changes)
        return True

    @connected
    def rename(self, asker: Principal, chat_id: str, before: str, title: str) -> bool:
        """Call a chat otherwise, unless somebody has; it is as new as it was."""
        with self.database.atomic():
            queries.lock(self.database, chat_id)
            found = self.conversations.found(asker, chat_id, Right.CHANGE)
            if found.row.title != before or not title:
                return False
            queries.change(self.database, chat_id, {"title": title})
            renamed = found.row._replace(title=title)
            word_queries.learn_all(self.database, renamed, found.tree)
        return True


def is_untitled(found: Conversation, said: Sequence[Mapping[str, str]]) -> bool:
    """Return whether nobody has named a chat: it is called as its first question begins."""
    return found.row.title in {UNTITLED, title_of(said[0]["content"] if said else "")}
