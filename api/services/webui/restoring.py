"""Conversations that come from another server with their ids and times."""

from collections.abc import Mapping

from api.db.connection import Database, connected
from api.services.accounts.records import Principal
from api.services.webui import queries, word_queries
from api.services.webui.records import Conversation


class RestoreService:
    """Keeps what another server had, under the ids that it had there."""

    def __init__(self, database: Database) -> None:
        """Initialize with where it is kept."""
        self.database = database

    @connected
    def owner_of(self, chat_id: str) -> str:
        """Return whose a conversation is; empty where there is none of this id."""
        found = queries.find(self.database, chat_id)
        return found[0].user_id if found else ""

    @connected
    def restore(self, asker: Principal, conversation: Conversation) -> bool:
        """Keep a conversation as the asker's; false where its id is taken."""
        row = conversation.row._replace(user_id=asker.user_id)
        with self.database.atomic():
            if queries.find(self.database, row.id):
                return False
            queries.add(self.database, row, conversation.body, conversation.tree)
            word_queries.learn_all(self.database, row, conversation.tree)
        return True

    @connected
    def keep_preferences(self, asker: Principal, settings: Mapping[str, object]) -> None:
        """Keep what the asker prefers in the front end, unless they have said so here already."""
        with self.database.atomic():
            if not queries.settings_of(self.database, asker.user_id):
                queries.put_settings(self.database, asker.user_id, settings)
