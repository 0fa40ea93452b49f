"""Moving datasets and their documents, with the chunks that people have made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from api.cli.importing.accepting import accepted
from api.cli.importing.copying import Known, as_copy, by_people, change_to
from api.cli.importing.place import Place
from api.cli.importing.records import SourceChunk, SourceDataset, SourceDocument
from api.cli.importing.source import Source
from api.db.models.states import RunState
from api.errors import ArgumentError, RaglanError
from api.schemas.sdk.dataset import DatasetRequest
from api.schemas.sdk.document import DocumentChangeRequest
from api.services.library.parser_options import default_config
from api.services.library.records import ChunkRecord, DatasetRecord, DocumentRecord
from api.services.library.unbuilt_options import built
from api.services.library.values import MOST_PAGERANK, ChunkCopy, ChunkFilter, NewDataset, Upload

DATASET_FIELDS = (
    "name",
    "avatar",
    "description",
    "language",
    "permission",
    "chunk_method",
    "parser_config",
)
CHUNKS_AT_ONCE = 500
UNFINISHED = frozenset({RunState.UNSTART, RunState.RUNNING})
TO_PARSE = frozenset({RunState.UNSTART, RunState.CANCEL, RunState.FAIL})


@dataclass(frozen=True)
class MovedDocument:
    """A document of the other server, and the one that stands for it here."""

    source_dataset: SourceDataset
    source: SourceDocument
    dataset_id: str
    id: str


class DatasetMove:
    """Brings one dataset after the other here; what is here already is left as it is."""

    def __init__(self, source: Source, place: Place, *, whole: bool) -> None:
        """Initialize with the parts; `whole` takes all chunks as they are, in place of parsing."""
        self.source = source
        self.place = place
        self.whole = whole
        self.library = place.services.library
        self.moved: list[MovedDocument] = []

    def dataset(self, source: SourceDataset) -> DatasetRecord:
        """Return the dataset here, made if there is none."""
        find = partial(self.library.datasets.get, self.place.asker)
        make = partial(self.new_dataset, source)
        return self.place.found_or_made("dataset", source.id, find, make)[0]

    def new_dataset(self, source: SourceDataset, dataset_id: str) -> DatasetRecord:
        """Make a dataset with what this server takes of its settings."""
        given = {name: source.fields.get(name) for name in DATASET_FIELDS}
        request, reasons = accepted(DatasetRequest, {k: v for k, v in given.items() if v})
        for why in reasons:
            self.place.report.leave_out(f"dataset {source.name}", why)
        wanted = request.wanted()
        model = self.usable_model(source)
        rank = rank_of(source)
        options = self.built_options(source, wanted)
        made = replace(wanted, id=dataset_id, embedding_model=model, pagerank=rank, options=options)
        return self.library.datasets.create(self.place.asker, made)

    def built_options(self, source: SourceDataset, wanted: NewDataset) -> dict[str, object]:
        """Return a dataset's options of parsing without those that are not built.

        What its chunk method has by default nobody has asked for, and nobody misses.
        """
        given = wanted.options or {}
        found, usual = built(given), default_config(wanted.chunk_method)
        for name in given.keys() - found.keys():
            if given[name] != usual.get(name):
                why = f"parser_config.{name}: this is not built here"
                self.place.report.leave_out(f"dataset {source.name}", why)
        return found

    def usable_model(self, source: SourceDataset) -> str:
        """Return the embedding model of a dataset, or an empty name for the default one."""
        model = str(source.fields.get("embedding_model") or "")
        try:
            return self.library.datasets.usable_model(self.place.asker.tenant_id, model).name
        except ArgumentError as error:
            default = self.library.datasets.usable_model(self.place.asker.tenant_id, "").name
            why = f"its embedding model cannot be used ({error.message}); it gets {default}"
            self.place.report.leave_out(f"dataset {source.name}", why)
            return default

    def document(self, dataset: SourceDataset, source: SourceDocument) -> None:
        """Import a document, unless it is here, and parse it or import its chunks."""
        here = self.place.ids[dataset.id]
        find = partial(self.library.documents.shown, here)
        make = partial(self.new_document, dataset, source)
        try:
            found = self.place.found_or_made("document", source.id, find, make)[0]
            if found.run == RunState.UNSTART:
                found = self.described(source, found)
        except RaglanError as error:  # as of a file of a kind that is not read here
            self.place.report.leave_out(f"document {source.name} in {dataset.name}", error.message)
            return
        self.moved.append(MovedDocument(dataset, source, here, found.id))
        if self.whole and found.run != RunState.DONE:
            self.copy_all(self.moved[-1])
        elif not self.whole and source.is_parsed and found.run in TO_PARSE:
            parsing = self.place.services.ingestion.parsing
            parsing.parse(self.place.asker, here, [found.id])

    def new_document(
        self, dataset: SourceDataset, source: SourceDocument, document_id: str
    ) -> DocumentRecord:
        """Upload a document's file."""
        here = self.place.ids[dataset.id]
        with self.source.content(dataset.id, source) as content:
            upload = Upload(source.name, content, id=document_id)
            return self.library.uploads.upload(self.place.asker, here, [upload])[0]

    def described(self, source: SourceDocument, found: DocumentRecord) -> DocumentRecord:
        """Copy what the other server records of a document: how it is parsed, its metadata."""
        given = {
            "meta_fields": source.meta_fields,
            "chunk_method": source.chunk_method,
            "parser_config": built(source.parser_config),
        }
        named = {name: value for name, value in given.items() if value}
        request, reasons = accepted(DocumentChangeRequest, {**named, "enabled": source.is_enabled})
        for why in reasons:
            self.place.report.leave_out(f"document {source.name}", why)
        documents = self.library.documents
        return documents.update(self.place.asker, found.dataset_id, found.id, request.change())

    def running(self) -> list[DocumentRecord]:
        """Return the documents that were moved and are being parsed."""
        return [
            found
            for document in self.moved
            if (found := self.library.documents.shown(document.dataset_id, document.id)).run
            == RunState.RUNNING
        ]

    # Chunks.

    def copy_all(self, document: MovedDocument) -> None:
        """Import all chunks of a document, without parsing it."""
        chunks = self.source.chunks(document.source_dataset.id, document.source.id)
        self.copy(document, [as_copy(chunk) for chunk in chunks])
        if document.source.is_parsed:
            self.library.copies.finish(self.place.asker, document.dataset_id, document.id)

    def copy(self, document: MovedDocument, copies: Sequence[ChunkCopy]) -> None:
        """Import chunks."""
        if copies:
            made = self.library.copies.copy(
                self.place.asker, document.dataset_id, document.id, copies
            )
            self.place.report.moved["chunk"] += made

    def edit_parsed(self) -> None:
        """Repeat on the chunks of all parsed documents the edits of the other server."""
        for document in self.moved:
            if document.source.chunk_count:
                self.edit(document)

    def edit(self, document: MovedDocument) -> None:
        """Repeat on the chunks of a document the edits of people; not before it is parsed."""
        found = self.library.documents.shown(document.dataset_id, document.id)
        if found.run in UNFINISHED and document.source.is_parsed:
            why = "its chunks follow when it is parsed: then run the same command again"
            self.place.report.leave_out(f"chunks of {document.source.name}", why)
            return
        told = list(self.source.chunks(document.source_dataset.id, document.source.id))
        edited = by_people(told, document.source.parser_config)
        if not edited:
            return
        known = Known(list(self.chunks_of(document)))
        here = [(chunk, known.like(chunk)) for chunk in edited]
        self.copy(document, [as_copy(chunk) for chunk, like in here if like is None])
        for chunk, like in here:
            if like is not None:
                self.change(document, chunk, like)

    def change(self, document: MovedDocument, chunk: SourceChunk, like: ChunkRecord) -> None:
        """Make a chunk here the same as one over there."""
        wanted = change_to(like, chunk)
        if wanted is None:
            return
        place = (document.dataset_id, document.id, like.id)
        try:
            self.library.chunks.update(self.place.asker, *place, wanted)
        except RaglanError as error:
            what = f"chunk {chunk.id} of {document.source.name}"
            self.place.report.leave_out(what, error.message)
            return
        self.place.report.moved["chunk"] += 1

    def chunks_of(self, document: MovedDocument) -> Iterator[ChunkRecord]:
        """Yield the chunks that a document has here."""
        offset = 0
        place = (self.place.asker, document.dataset_id, document.id)
        while True:
            wanted = ChunkFilter(limit=CHUNKS_AT_ONCE, offset=offset)
            page = self.library.chunk_reader.list_page(*place, wanted)
            yield from page.chunks
            offset += CHUNKS_AT_ONCE
            if offset >= page.total:
                return


def rank_of(source: SourceDataset) -> int:
    """Return the rank of a dataset among others; none if what is told is no rank."""
    told = source.fields.get("pagerank")
    return told if isinstance(told, int) and 0 <= told <= MOST_PAGERANK else 0
