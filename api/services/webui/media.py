"""Putting together what speaks, hears and draws."""

from dataclasses import dataclass

from api.config.live import LiveSettings
from api.services.media.speech import SpeechService
from api.services.models.build import ModelServices
from api.services.stores.build import StoreServices
from api.services.stores.pictures import PictureService


@dataclass(frozen=True, slots=True)
class MediaServices:
    """Speech and pictures."""

    speech: SpeechService
    pictures: PictureService


def build_media(live: LiveSettings, models: ModelServices, stores: StoreServices) -> MediaServices:
    """Compose the services."""
    files, execution = stores.knowledge_files, models.embedding.execution
    pages = files.library.web_pages.pages
    return MediaServices(
        speech=SpeechService(lambda: live.current, execution),
        pictures=PictureService(lambda: live.current, files, pages),
    )
