"""Putting together what makes chunks of documents."""

from dataclasses import dataclass

from api.config.live import LiveSettings
from api.config.settings import WorkerSettings
from api.db.connection import Database
from api.observability.recorder import Recorder
from api.services.ingestion.bulk import BulkService
from api.services.ingestion.enriching import EnrichingService, read_chunk_prompts
from api.services.ingestion.finding_metadata import MetadataFinder, read_metadata_prompt
from api.services.ingestion.ingestion import IngestionService
from api.services.ingestion.leftovers import Leftovers
from api.services.ingestion.making import ChunkMaker
from api.services.ingestion.parsing import ParsingService
from api.services.ingestion.parsing_by_id import ParsingById
from api.services.ingestion.picture_cache import PictureCache
from api.services.ingestion.pictures import PictureService
from api.services.ingestion.places import PlaceService
from api.services.ingestion.preview import PreviewService
from api.services.ingestion.reading import ReadingService
from api.services.ingestion.repair import Repair
from api.services.ingestion.reuse import Reuse
from api.services.ingestion.run import Stores
from api.services.ingestion.small import SmallDocuments
from api.services.ingestion.tagging import Tagger
from api.services.ingestion.tasks import TaskService
from api.services.ingestion.timeline import TimelineService
from api.services.ingestion.viewing import ViewService
from api.services.library.build import LibraryServices
from api.services.models.models import ModelService
from api.tasks.base import TaskQueue
from rag.engines.base import ChunkStore
from rag.storage.base import ObjectStore


@dataclass(frozen=True, slots=True)
class IngestionServices:
    """What asks for parsing, carries it out, removes what it left, and reads and draws without."""

    parsing: ParsingService
    parsing_by_id: ParsingById
    ingestion: IngestionService
    small: SmallDocuments
    leftovers: Leftovers
    reading: ReadingService
    tasks: TaskService
    pictures: PictureService
    places: PlaceService
    timeline: TimelineService
    preview: PreviewService
    views: ViewService
    bulk: BulkService


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

    def worker() -> WorkerSettings:
        return live.current.worker

    repair = Repair(database, chunk_store, library.index)
    stores = Stores(database, chunk_store, tasks, library.quota, library.disk, repair)
    leftovers = Leftovers(database, chunk_store, library.index.execution.offload)
    reuse = Reuse(database, chunk_store)
    maker = ChunkMaker(storage, chunk_store, models, reuse, worker, recorder)
    enriching = EnrichingService(
        models,
        library.index,
        Tagger(database, chunk_store, models),
        read_chunk_prompts(),
        MetadataFinder(library.cleanup, read_metadata_prompt()),
    )
    ingestion = IngestionService(stores, maker, leftovers, enriching, worker, recorder)
    parsing = ParsingService(database, tasks)
    reading = ReadingService(worker, library.disk, live.current.data_path / "tmp")

    def picture_bytes() -> int:
        return 0 if library.disk.room().is_low else live.current.storage.picture_bytes

    cache = PictureCache(live.current.data_path / "pictures", picture_bytes)
    execution = library.index.execution
    pictures = PictureService(library.documents, storage, reading, cache, worker, execution)
    places = PlaceService(library.chunk_reader, pictures, execution)
    return IngestionServices(
        parsing=parsing,
        parsing_by_id=ParsingById(library.documents_by_id, library.chunks, parsing),
        ingestion=ingestion,
        small=SmallDocuments(ingestion),
        leftovers=leftovers,
        tasks=TaskService(database, parsing),
        reading=reading,
        pictures=pictures,
        places=places,
        preview=PreviewService(library.documents, pictures),
        bulk=BulkService(library.documents, library.bin, parsing),
        views=ViewService(library.datasets, library.chunk_reader, pictures, places),
        timeline=TimelineService(database, library.documents),
    )
