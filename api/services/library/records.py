"""What the services of the library return, and what they read to decide.

Named tuples are rows, made of what the database gives as it comes: `_make(row)`. Those of them
that are shown keep JSON columns as the texts that they are.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from api.services.accounts.records import Person
from api.services.library.values import Place
from rag.types import Chunk, DocumentFacts

TEAM = "team"
"""The permission of a dataset that all members of its tenant may use."""


class DatasetRecord(NamedTuple):
    """A dataset as it is kept; times in ms since the epoch, JSON as texts.

    `size` is that of its files, in bytes; `attributes` are what clients note of it.
    `auto_metadata_config` may be empty.
    """

    id: str
    tenant_id: str
    name: str
    avatar: str
    description: str
    language: str
    embedding_model: str
    permission: str
    created_by: str
    document_count: int
    token_num: int
    chunk_count: int
    similarity_threshold: float
    vector_similarity_weight: float
    chunk_method: str
    parser_config: str
    pagerank: int
    auto_metadata_config: str
    create_time: int
    update_time: int
    size: int
    attributes: str

    @property
    def is_shared(self) -> bool:
        """Return whether the members of the tenant may use it, too."""
        return self.permission == TEAM


@dataclass(frozen=True, slots=True)
class OwnedDataset:
    """A dataset, and whose it is; None where that account is gone."""

    dataset: DatasetRecord
    owner: Person | None


@dataclass(frozen=True, slots=True)
class DatasetPage:
    """A page of datasets, and how many there are in all."""

    total: int
    datasets: list[OwnedDataset]


@dataclass(frozen=True, slots=True)
class SizedDataset:
    """A dataset, and how many bytes the files of its documents have."""

    dataset: DatasetRecord
    size: int


class DatasetHead(NamedTuple):
    """Whose a dataset is, by which model its chunks are embedded, and how much is in it.

    `dimensions` is the length of its vectors, 0 while it has none.
    """

    id: str
    tenant_id: str
    permission: str
    embedding_model: str
    dimensions: int
    document_count: int

    @property
    def is_shared(self) -> bool:
        """Return whether the members of the tenant may use it, too."""
        return self.permission == TEAM


class DocumentRecord(NamedTuple):
    """A document as it is shown; `parser_config` and `meta_fields` are JSON.

    Times are in ms since the epoch, `process_begin_at` is 0 before the first run, and
    `process_duration` is in seconds. `progress` is in [0, 1], or -1 after a failure. `run` is a
    RunState.
    """

    id: str
    dataset_id: str
    created_by: str
    name: str
    suffix: str
    type: str
    source_type: str
    size: int
    content_hash: str
    chunk_method: str
    parser_config: str
    meta_fields: str
    enabled: bool
    chunk_count: int
    token_count: int
    run: str
    progress: float
    progress_msg: str
    process_begin_at: int
    process_duration: float
    create_time: int
    update_time: int
    generation: int
    file_id: str = ""
    directory_id: str = ""
    sent_name: str = ""


@dataclass(frozen=True, slots=True)
class DocumentCounts:
    """How many documents there are of each suffix, and in each RunState."""

    by_suffix: Mapping[str, int]
    by_run: Mapping[str, int]

    @property
    def total(self) -> int:
        """Return how many there are in all."""
        return sum(self.by_run.values())


MetadataValues = dict[str, dict[str, list[str]]]
"""The values of each field of metadata, as texts, with the ids of the documents that have them."""


class DocumentState(NamedTuple):
    """What a change of a document depends on."""

    id: str
    dataset_id: str
    name: str
    chunk_method: str
    parser_config: dict[str, object]
    run: str
    progress: float
    generation: int
    next_generation: int
    chunk_count: int
    token_count: int


class StoredFile(NamedTuple):
    """What is kept as a file; its key is empty if it has no bytes, and so is not stored."""

    name: str
    size: int
    storage_key: str
    content_hash: str


class Holding(NamedTuple):
    """What a document takes up in its dataset; `size` in bytes."""

    id: str
    storage_key: str
    size: int
    chunk_count: int
    token_count: int


class FieldSummary(NamedTuple):
    """The values of a field in the metadata of documents, with how many have each, most first."""

    name: str
    values: tuple[tuple[str | int | float, int], ...]


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """A page of documents, and how many there are in all.

    `people` are those who have made them, by id, and `counts` how many are in each RunState, where
    that was asked for.
    """

    total: int
    documents: list[DocumentRecord]
    people: Mapping[str, Person] = field(default_factory=dict)
    counts: Mapping[str, int] | None = None


Content = Generator[bytes, None, None]
"""The bytes of a file that is open: closing it closes the file, be it read or not."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way out; `version` names its bytes, as a hash of them.

    `read` opens the file, and yields so many bytes from an offset on, all for 0.
    """

    name: str
    size: int
    version: str
    read: Callable[[int, int], Content]


class CleanupKind(StrEnum):
    """What is still to be done outside the database for a change that is committed in it."""

    DATASET = "dataset"
    DOCUMENT = "document"
    HIDDEN = "hidden"
    CHUNKS = "chunks"
    FACTS = "facts"
    UPLOAD = "upload"
    STAGED = "staged"


class CleanupRecord(NamedTuple):
    """A piece of such work; `kind` may be one that only a newer version knows."""

    id: str
    kind: str
    dataset_id: str
    document_id: str
    storage_key: str
    create_time: int

    @property
    def place(self) -> str:
        """Return what it is about, for the log."""
        return self.document_id or self.dataset_id


class LostEdit(NamedTuple):
    """An edited chunk that the chunk store may not have."""

    dataset_id: str
    document_id: str
    chunk_id: str


class DocumentPlace(NamedTuple):
    """A document whose chunks are read or edited; `generation` is that of the visible ones."""

    id: str
    dataset_id: str
    name: str
    chunk_method: str
    generation: int


class LockedDocument(NamedTuple):
    """A document that nobody else changes until the transaction ends.

    `next_generation` is the number of the newest run that was asked for.
    """

    id: str
    dataset_id: str
    generation: int
    next_generation: int


class ChunkRecord(NamedTuple):
    """A chunk as it is shown; keywords, questions, positions and headings are JSON lists.

    `source` is a ChunkSource, `create_time` is in ms since the epoch.
    """

    id: str
    content: str
    important_keywords: str
    questions: str
    positions: str
    image_id: str
    available: bool
    source: str
    create_time: int
    headings: str


class ChunkTexts(NamedTuple):
    """What stands for a chunk in the vector space."""

    content: str
    questions: list[str]
    headings: list[str]


class LockedChunk(NamedTuple):
    """A chunk that is about to be edited; `update_time` is that of its last edit, in ms."""

    seq: int
    id: str
    token_count: int
    update_time: int


class KeptChunk(NamedTuple):
    """A chunk that people have added or edited; `update_time` is that of the last edit, in ms."""

    seq: int
    id: str
    source: str
    update_time: int


class VisibleChunk(NamedTuple):
    """A chunk that searches are to find; `version` is the time of its last edit, in ms."""

    chunk: Chunk
    version: int


@dataclass(frozen=True, slots=True)
class Visible:
    """A document as the database has it at a moment, with some of its visible chunks by id."""

    facts: DocumentFacts
    tenant_id: str
    model: str
    generation: int
    chunks: Mapping[str, VisibleChunk]

    def versions(self) -> dict[str, int]:
        """Return the chunks' ids with the times of their last edits, which tell edits apart."""
        return {chunk_id: seen.version for chunk_id, seen in self.chunks.items()}


class ChunkState(NamedTuple):
    """What tells whether a chunk is as it was seen, and whether it is to be forgotten.

    `published` is the visible generation of its document, None where that is gone.
    """

    seq: int
    id: str
    generation: int
    update_time: int
    deleted: bool
    published: int | None


class IndexedDataset(NamedTuple):
    """A dataset that is to be indexed anew."""

    id: str
    tenant_id: str
    embedding_model: str
    dimensions: int
    chunk_count: int


@dataclass(frozen=True, slots=True)
class ChunkPage:
    """A page of a document's chunks, how many there are in all, and the document.

    `last` is the place of the last of them, by number and ordinal; None where they have no order of
    their own.
    """

    total: int
    chunks: list[ChunkRecord]
    document: DocumentRecord
    last: Place | None = None


@dataclass(frozen=True, slots=True)
class PlacedChunk:
    """A chunk and the document that it is part of."""

    chunk: ChunkRecord
    document: DocumentPlace
