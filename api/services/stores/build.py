"""Putting together what shows datasets as stores of files."""

from dataclasses import dataclass

from api.config.live import LiveSettings
from api.db.connection import Database
from api.services.files.build import FileServices
from api.services.ingestion.build import IngestionServices
from api.services.library.build import LibraryServices
from api.services.search.build import SearchServices
from api.services.stores.archives import ArchiveService
from api.services.stores.batches import BatchService
from api.services.stores.directories import DirectoryService
from api.services.stores.knowledge_bases import KnowledgeBases
from api.services.stores.knowledge_files import KnowledgeFiles
from api.services.stores.passages import PassageService
from api.services.stores.store_files import StoreFileService
from api.services.stores.stores import StoreService


@dataclass(frozen=True, slots=True)
class StoreServices:
    """Datasets as stores of files and as knowledge bases, and what is in them."""

    stores: StoreService
    files: StoreFileService
    batches: BatchService
    knowledge_files: KnowledgeFiles
    knowledge_bases: KnowledgeBases
    passages: PassageService
    archives: ArchiveService
    directories: DirectoryService


def build_stores(
    database: Database,
    live: LiveSettings,
    library: LibraryServices,
    files: FileServices,
    ingestion: IngestionServices,
    search: SearchServices,
) -> StoreServices:
    """Compose the services of stores."""
    members = StoreFileService(
        files.links, library.documents, ingestion.parsing, library.chunk_reader
    )
    kept = KnowledgeFiles(files, library, members)
    bases = KnowledgeBases(kept, library, ingestion.parsing)
    directories = DirectoryService(kept, library.documents)
    return StoreServices(
        stores=StoreService(database, library.datasets, members),
        files=members,
        batches=BatchService(members, ingestion.parsing),
        knowledge_files=kept,
        knowledge_bases=bases,
        passages=PassageService(search.sources, members, lambda: live.current.frontend),
        archives=ArchiveService(bases, directories),
        directories=directories,
    )
