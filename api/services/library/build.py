"""Putting together what keeps datasets, documents and chunks."""

from dataclasses import dataclass
from typing import Protocol

from api.config.live import LiveSettings
from api.db.connection import Database
from api.execution import Execution
from api.fetching.pages import PageFetcher
from api.services.library.bin import DocumentBin
from api.services.library.changes import ChangeService
from api.services.library.chunk_batches import ChunkBatches
from api.services.library.chunk_index import ChunkIndex, Embedders
from api.services.library.chunk_list import ChunkReader
from api.services.library.chunk_shapes import ChunkShapes
from api.services.library.chunks import ChunkService
from api.services.library.chunks_by_id import ChunksById
from api.services.library.cleanup import CleanupService
from api.services.library.copies import ChunkCopies
from api.services.library.datasets import DatasetService, EmbeddingModels
from api.services.library.disk import DiskSpace, local_folders
from api.services.library.document_upload import UploadService
from api.services.library.documents import DocumentService
from api.services.library.documents_by_id import DocumentsById
from api.services.library.downloads import Downloads
from api.services.library.metadata_edits import MetadataEditService
from api.services.library.overview import Overview
from api.services.library.questions import QuestionService
from api.services.library.quota import Quota
from api.services.library.reindexing import Reindexer
from api.services.library.web_pages import WebPages
from rag.engines.base import ChunkStore
from rag.storage.base import ObjectStore


class Models(Embedders, EmbeddingModels, Protocol):
    """What the library asks of models."""


@dataclass(frozen=True, slots=True)
class LibraryServices:
    """Datasets with their documents and chunks, and the room that they take."""

    datasets: DatasetService
    documents: DocumentService
    uploads: UploadService
    web_pages: WebPages
    chunks: ChunkService
    chunk_batches: ChunkBatches
    copies: ChunkCopies
    chunk_reader: ChunkReader
    bin: DocumentBin
    index: ChunkIndex
    cleanup: CleanupService
    reindexer: Reindexer
    quota: Quota
    disk: DiskSpace
    downloads: Downloads
    overview: Overview
    documents_by_id: DocumentsById
    chunks_by_id: ChunksById
    changes: ChangeService
    shapes: ChunkShapes
    metadata_edits: MetadataEditService
    questions: QuestionService


def build_library(
    database: Database,
    live: LiveSettings,
    storage: ObjectStore,
    chunk_store: ChunkStore,
    models: Models,
    execution: Execution,
) -> LibraryServices:
    """Compose the services of the library."""
    settings = live.current
    disk = DiskSpace(
        settings.data_path, local_folders(settings), lambda: live.current.storage.reserve_bytes
    )
    quota = Quota(database, lambda: live.current.quota)
    index = ChunkIndex(database, chunk_store, models, execution)
    cleanup = CleanupService(database, storage, chunk_store, index, disk, execution)
    chunks = ChunkService(database, index, quota)
    downloads = Downloads(storage, execution)
    documents = DocumentService(database, cleanup, downloads)
    uploads = UploadService(database, storage, cleanup, quota, disk, execution)
    reader = ChunkReader(database, chunk_store, execution)
    return LibraryServices(
        datasets=DatasetService(database, models, cleanup),
        documents=documents,
        uploads=uploads,
        web_pages=WebPages(PageFetcher(lambda: live.current.fetching), uploads),
        chunks=chunks,
        chunk_batches=ChunkBatches(chunks, disk),
        copies=ChunkCopies(chunks),
        chunk_reader=reader,
        index=index,
        cleanup=cleanup,
        reindexer=Reindexer(database, chunk_store, index),
        quota=quota,
        disk=disk,
        downloads=downloads,
        bin=DocumentBin(database, cleanup, quota),
        overview=Overview(database, execution),
        documents_by_id=DocumentsById(documents),
        chunks_by_id=ChunksById(documents, chunks, reader),
        changes=ChangeService(database),
        shapes=ChunkShapes(chunks),
        metadata_edits=MetadataEditService(database, cleanup),
        questions=QuestionService(database),
    )
