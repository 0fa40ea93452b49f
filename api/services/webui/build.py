"""Putting together what Open WebUI's clients need beside the rest of the server."""

from dataclasses import dataclass

from api.db.connection import Database
from api.services.chats.build import ChatServices
from api.services.models.build import ModelServices
from api.services.webui.conversations import ConversationService
from api.services.webui.entrance import EntranceService
from api.services.webui.folders import FolderService
from api.services.webui.lists import ListService
from api.services.webui.restoring import RestoreService
from api.services.webui.tags import TagService
from api.services.webui.tasks import TaskService


@dataclass(frozen=True, slots=True)
class WebuiServices:
    """Signing in for weeks, conversations as trees, and the answers that are made in them."""

    entrance: EntranceService
    conversations: ConversationService
    tasks: TaskService
    restoring: RestoreService
    lists: ListService
    folders: FolderService
    tags: TagService


def build_webui(
    database: Database, entrance: EntranceService, chats: ChatServices, models: ModelServices
) -> WebuiServices:
    """Compose the services."""
    kept = ConversationService(database)
    tasks = TaskService(database, kept, chats.chats, chats.exchanges, models.relays)
    return WebuiServices(
        entrance,
        kept,
        tasks,
        RestoreService(database),
        ListService(database, kept),
        FolderService(database),
        TagService(database, kept),
    )
