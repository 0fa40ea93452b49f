"""What programs beside the front end tell of a message: kept with it, where it is to stay."""

from collections.abc import Mapping

from api.db.connection import Database, connected
from api.errors import ArgumentError, RuleError
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.webui import company, queries, word_queries
from api.services.webui.conversations import ConversationService, place_of
from api.services.webui.outputs import with_content

ADDED = frozenset({"message", "chat:message:delta"})
REPLACED = frozenset({"replace", "chat:message"})

LISTS = {
    "status": "statusHistory",
    "source": "sources",
    "citation": "sources",
    "files": "files",
    "chat:message:files": "files",
    "embeds": "embeds",
}
"""To which list of a message a kind of event adds."""

SEVERAL = frozenset({"files", "embeds"})
"""Lists of which an event has several under the same name; of the others it is one."""

MOST = 1000
"""Things in such a list."""

Body = Mapping[str, object]


class MessageEventService:
    """Keeps what is told of messages in chats that the asker may write in."""

    def __init__(self, database: Database, conversations: ConversationService) -> None:
        """Initialize with where they are kept."""
        self.database = database
        self.conversations = conversations

    @connected
    def add(self, asker: Principal, chat_id: str, message_id: str, kind: str, data: Body) -> None:
        """Change a message as an event says; raises NotFoundError, and ArgumentError for its data.

        What is of another kind changes nothing. Raises ForbiddenError for messages of others.
        """
        with self.database.atomic():
            queries.lock(self.database, chat_id)
            kept = self.conversations.found(asker, chat_id, Right.CHANGE)
            company.check_authors(asker, kept, [message_id])
            place, message = place_of(kept.tree, message_id)
            after = message._replace(body=changed(message.body, kind, data))
            if after != message:
                queries.change_message(self.database, chat_id, place, after)
                tree = self.conversations.found(asker, chat_id, Right.CHANGE).tree
                word_queries.learn_change(self.database, kept.row, kept.tree, tree)


def changed(body: Body, kind: str, data: Body) -> Body:
    """Return a message after an event; raises ArgumentError, and RuleError where it is full."""
    if kind in ADDED | REPLACED:
        before = str(body.get("content") or "") if kind in ADDED else ""
        return with_content(body, before + text_in(data))
    name = LISTS.get(kind)
    if name is None:
        return body
    known = body.get(name)
    before_it = known if isinstance(known, list) else []
    found = [*before_it, *(several(data, name) if name in SEVERAL else [data])]
    if len(found) > MOST:
        raise RuleError(f"A message has at most {MOST:,} of `{name}`.")
    return {**body, name: found}


def text_in(data: Body) -> str:
    """Return the text of an event; raises ArgumentError."""
    content = data.get("content")
    if not isinstance(content, str):
        raise ArgumentError("data.content: give a text.")
    return content


def several(data: Body, name: str) -> list[object]:
    """Return what an event has several of; raises ArgumentError."""
    found = data.get(name)
    if not isinstance(found, list):
        raise ArgumentError(f"data.{name}: give a list.")
    return found
