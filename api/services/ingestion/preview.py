"""The chunks that a document would get, cut without storing any."""

import hashlib
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from typing import Any

import orjson

from api.db.connection import connected
from api.errors import NotFoundError
from api.services.accounts.records import Principal
from api.services.ingestion.page_ranges import PageRange, ranges_of
from api.services.ingestion.pictures import PictureService
from api.services.ingestion.records import cut_settings_of
from api.services.library.documents import DocumentService
from api.services.library.parser_options import next_config
from api.services.library.queries import documents as queries
from api.services.library.records import DocumentRecord, StoredFile
from api.services.library.values import Cut
from api.services.unset import UNSET
from api.things import Kind
from rag.ingestion.cutting import FirstChunks, cut_first, read, written
from rag.ingestion.wire import ParseRequest
from rag.parsing.registry import has_pages

NOTHING = FirstChunks((), more=False, notes=())


class PreviewService:
    """Cuts documents as others would have it."""

    def __init__(self, documents: DocumentService, pictures: PictureService) -> None:
        """Initialize with what knows documents, and what has their files read."""
        self.documents = documents
        self.pictures = pictures
        self.database = documents.database

    def preview(self, asker: Principal, dataset_id: str, document_id: str, cut: Cut) -> FirstChunks:
        """Return the first chunks that a document would get; raises as reading it does."""
        file = self.documents.file_of(asker, dataset_id, document_id)
        document = self.shown(dataset_id, document_id)
        if not file.storage_key:
            return NOTHING
        method = document.chunk_method if cut.chunk_method is UNSET else cut.chunk_method
        stored = orjson.loads(document.parser_config)
        changes = method != document.chunk_method
        config = next_config(stored, method, cut.options, method_changes=changes)
        request = ParseRequest(
            "",
            file.name,
            first_page=cut.first_page,
            last_page=cut.last_page,
            pages=self.pages(file, cut, config),
            chunk_method=method,
            **cut_settings_of(config),
        )
        return self.cut(file, request, cut.most)

    def pages(self, file: StoredFile, cut: Cut, config: Mapping[str, Any]) -> tuple[PageRange, ...]:
        """Return the pages that the settings name, unless the request does."""
        named = (cut.first_page, cut.last_page) != (1, 0)
        return ranges_of(config) if has_pages(file.name) and not named else ()

    def cut(self, file: StoredFile, request: ParseRequest, most: int) -> FirstChunks:
        """Return what a request cuts of a file, unless that was done just now."""
        told = orjson.dumps((version("raglan"), request, most))
        name = f"cut-{hashlib.sha256(told).hexdigest()}.json"
        if (kept := self.pictures.found(file, name)) is None:
            kept = written(self.pictures.work(file, partial(cut_first, request, most)))
            self.pictures.keep(file, name, kept)
        return read(kept)

    @connected
    def shown(self, dataset_id: str, document_id: str) -> DocumentRecord:
        """Return a document; raises NotFoundError."""
        found = queries.shown(self.database, dataset_id, document_id)
        if found is None:
            raise NotFoundError(Kind.DOCUMENT, document_id)
        return found
