"""Putting together what speaks, hears, draws, and searches the web."""

from dataclasses import dataclass

from api.config.live import LiveSettings
from api.db.connection import Database
from api.services.groups.permissions import PermissionService
from api.services.media.speech import SpeechService
from api.services.stores.build import StoreServices
from api.services.stores.pictures import PictureService
from api.services.tools.build import ToolServices
from api.services.web_search.build import build_web_search
from api.services.web_search.web_search import WebSearchService


@dataclass(frozen=True, slots=True)
class MediaServices:
    """Speech, pictures, and the web."""

    speech: SpeechService
    pictures: PictureService
    web_search: WebSearchService


def build_media(
    database: Database, live: LiveSettings, tools: ToolServices, stores: StoreServices
) -> MediaServices:
    """Compose the services."""
    files, execution = stores.knowledge_files, tools.models.embedding.execution
    groups = tools.servers.grants.groups
    permissions = PermissionService(database, groups, lambda: live.current.auth)
    return MediaServices(
        speech=SpeechService(lambda: live.current, execution),
        pictures=PictureService(lambda: live.current, files, files.library.web_pages.pages),
        web_search=build_web_search(live, tools.models, permissions, files.library),
    )
