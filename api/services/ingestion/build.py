"""Putting together what makes chunks of documents."""

from dataclasses import dataclass

from api.config.live import LiveSettings
from api.db.connection import Database
from api.observability.recorder import Recorder
from api.services.ingestion.ingestion import IngestionService
from api.services.ingestion.parsing import ParsingService
from api.services.ingestion.publishing import Publisher
from api.services.ingestion.reuse import Reuse
from api.services.library.build import LibraryServices
from api.services.models.models import ModelService
from api.tasks.base import TaskQueue
from rag.engines.base import ChunkStore
from rag.storage.base import ObjectStore


@dataclass(frozen=True, slots=True)
class IngestionServices:
    """What asks for parsing, what carries it out, and what makes its result visible."""

    parsing: ParsingService
    ingestion: IngestionService
    publisher: Publisher


def build_ingestion(
    database: Database,
    live: LiveSettings,
    storage: ObjectStore,
    chunk_store: ChunkStore,
    tasks: TaskQueue,
    models: ModelService,
    library: LibraryServices,
    recorder: Recorder,
) -> IngestionServices:
    """Compose the services of ingestion."""
    publisher = Publisher(database, chunk_store, tasks, library.index, library.quota, library.disk)
    ingestion = IngestionService(
        storage,
        chunk_store,
        models,
        tasks,
        publisher,
        Reuse(database, chunk_store, publisher),
        lambda: live.current.worker,
        recorder,
    )
    return IngestionServices(
        parsing=ParsingService(database, tasks), ingestion=ingestion, publisher=publisher
    )
