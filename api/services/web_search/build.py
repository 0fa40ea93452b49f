"""Putting together what searches the web."""

from api.config.fetching import FetchingSettings
from api.config.live import LiveSettings
from api.config.web_search import WebSearchSettings
from api.fetching.calls import Caller
from api.services.groups.permissions import PermissionService
from api.services.ingestion.reading import ReadingService
from api.services.library.build import LibraryServices
from api.services.models.build import ModelServices
from api.services.web_search.asking import AskingService
from api.services.web_search.pages import PageService
from api.services.web_search.passages import PassageService
from api.services.web_search.web_search import WebSearchService

INTERNAL = FetchingSettings(internal=True)
"""The address of the engine is the operator's, as those of models are; those of pages are not."""


def build_web_search(
    live: LiveSettings,
    models: ModelServices,
    permissions: PermissionService,
    library: LibraryServices,
) -> WebSearchService:
    """Compose the services. Pages are read in turns of their own, beside the files of people."""
    execution, recorder = models.embedding.execution, models.models.recorder
    folder = live.current.data_path / "tmp"
    reading = ReadingService(lambda: live.current.worker, library.disk, folder)

    def settings() -> WebSearchSettings:
        return live.current.web_search

    return WebSearchService(
        lambda: live.current,
        permissions,
        AskingService(settings, Caller(lambda: INTERNAL), execution, recorder),
        PageService(settings, library.web_pages.pages, reading, execution, recorder),
        PassageService(models.models, lambda: live.current.retrieval, execution),
    )
