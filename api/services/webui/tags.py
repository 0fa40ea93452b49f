"""Tags of conversations; one without conversations is gone."""

from api.db.connection import Database, connected
from api.errors import RuleError
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.webui import folder_queries, queries
from api.services.webui.conversations import ConversationService
from api.services.webui.folder_records import Tag

MOST = 100
"""Tags of a conversation."""


class TagService:
    """Keeps which tags conversations have."""

    def __init__(self, database: Database, conversations: ConversationService) -> None:
        """Initialize with the parts."""
        self.database = database
        self.conversations = conversations

    @connected
    def all_tags(self, asker: Principal) -> list[Tag]:
        """Return the tags of all conversations of the asker."""
        return folder_queries.all_tags(self.database, asker.user_id)

    @connected
    def of_chat(self, asker: Principal, chat_id: str) -> list[Tag]:
        """Return the tags of a conversation, none of somebody else's; raises NotFoundError."""
        row, _ = self.conversations.reached(asker, chat_id, Right.READ)
        is_own = row.user_id == asker.user_id
        return folder_queries.tags_of(self.database, chat_id) if is_own else []

    @connected
    def add(self, asker: Principal, chat_id: str, name: str) -> list[Tag]:
        """Give a conversation a tag and return all it has; raises NotFoundError."""
        return self.put(asker, chat_id, [name])

    @connected
    def remove(self, asker: Principal, chat_id: str, name: str) -> list[Tag]:
        """Take a tag from a conversation and return those it has left; raises NotFoundError."""
        with self.database.atomic():
            queries.lock(self.database, chat_id)
            self.conversations.own(asker, chat_id)
            folder_queries.remove_tag(self.database, chat_id, key_of_tag(name))
            return folder_queries.tags_of(self.database, chat_id)

    @connected
    def clear(self, asker: Principal, chat_id: str) -> None:
        """Take all tags from a conversation; raises NotFoundError."""
        with self.database.atomic():
            queries.lock(self.database, chat_id)
            self.conversations.own(asker, chat_id)
            for tag in folder_queries.tags_of(self.database, chat_id):
                folder_queries.remove_tag(self.database, chat_id, tag.tag)

    @connected
    def put(self, asker: Principal, chat_id: str, names: list[str]) -> list[Tag]:
        """Give a conversation tags beside those it has, and return all; raises NotFoundError."""
        with self.database.atomic():
            queries.lock(self.database, chat_id)
            self.conversations.own(asker, chat_id)
            known = {tag.tag for tag in folder_queries.tags_of(self.database, chat_id)}
            wanted = {key_of_tag(name): name.strip() for name in names}
            for tag, name in wanted.items():
                if tag and tag not in known:
                    known.add(tag)
                    one = Tag(tag, name, asker.user_id)
                    folder_queries.add_tag(self.database, chat_id, one)
            if len(known) > MOST:
                raise RuleError(f"A chat has at most {MOST} tags.")
            return folder_queries.tags_of(self.database, chat_id)


def key_of_tag(name: str) -> str:
    """Return a tag as it is compared."""
    return name.strip().lower().replace(" ", "_")[:255]
