"""What ingestion reads of documents and runs, and what becomes of an attempt at a task."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from typing import Any, NamedTuple

import orjson

from api.db.models.states import RunState
from api.services.ingestion.page_ranges import ranges_of
from api.services.ingestion.wanted_metadata import WantedField, wanted_fields
from api.services.library.parser_options import language_in, name_weight_in
from rag.types import Chunk, DocumentFacts, MetaValue, Position

CUT_SETTINGS = (
    "chunk_token_num",
    "delimiter",
    "overlapped_percent",
    "html4excel",
    "table_context_size",
    "image_context_size",
    "toc_extraction",
)
"""The settings of a document's parser that its chunks depend on."""


MOST_TAGS = 3
"""How many tags a chunk gets where the settings do not say."""

READING = 11
"""To be raised where the same file gives other chunks than before."""


class Outcome(StrEnum):
    """What came of an attempt at a task."""

    DONE = "done"
    RETRIED = "retried"
    FAILED = "failed"
    DEAD = "dead"
    CANCELLED = "cancelled"
    RELEASED = "released"
    LOST = "lost"


class Wishes(NamedTuple):
    """How many keywords and questions a model is to add to each chunk at most.

    Tags are as many as `most_tags`, of the datasets `tag_sets`.
    """

    keywords: int = 0
    questions: int = 0
    most_tags: int = 0
    tag_sets: tuple[str, ...] = ()


class BareChunk(NamedTuple):
    """A chunk to which a model may add; keywords, questions and headings are JSON lists."""

    id: str
    ordinal: int
    content: str
    headings: str
    keywords: str
    questions: str


class SourceDocument(NamedTuple):
    """A document as a run reads it, with the embedding model of its dataset.

    `parser_config` is what is stored, of whatever release; see `cut_settings`. `read_hidden` says
    whether hidden text, rows, sheets and slides are read, `helped` what may help to read a file.
    `auto_metadata` is the `auto_metadata_config` of the dataset, as JSON, or empty.
    """

    id: str
    dataset_id: str
    name: str
    type: str
    suffix: str
    storage_key: str
    content_hash: str
    chunk_method: str
    parser_config: Mapping[str, Any]
    meta_fields: Mapping[str, MetaValue]
    enabled: bool
    generation: int
    embedding_model: str
    auto_metadata: str = ""
    read_hidden: bool = False
    helped: str = ""

    @property
    def facts(self) -> DocumentFacts:
        """Return what the chunk store has to know of the document."""
        return DocumentFacts(
            self.id,
            self.dataset_id,
            self.name,
            self.meta_fields,
            bool(self.enabled),
            language_in(self.parser_config),
            name_weight_in(self.parser_config),
        )

    @property
    def cut_settings(self) -> Mapping[str, Any]:
        """Return those of the stored settings that chunks depend on."""
        return cut_settings_of(self.parser_config)

    @property
    def wishes(self) -> Wishes:
        """Return what a model is to add to the chunks."""
        config = self.parser_config
        tag_sets = tuple(config.get("tag_kb_ids") or ())
        return Wishes(
            config.get("auto_keywords") or 0,
            config.get("auto_questions") or 0,
            (config.get("topn_tags") or MOST_TAGS) if tag_sets else 0,
            tag_sets,
        )

    @property
    def wanted_metadata(self) -> tuple[WantedField, ...] | None:
        """Return the metadata that a model is to find; None if it is to find none."""
        return wanted_fields(self.parser_config, self.auto_metadata)

    @property
    def name_in_vectors(self) -> tuple[object, ...]:
        """Return what vectors have of the name: nothing without a weight."""
        weight = name_weight_in(self.parser_config)
        return (self.name, weight) if weight else ()

    @property
    def origin(self) -> str:
        """Return the fingerprint of what the document's chunks are made from, as hex digits.

        It holds this version of Raglan, and of its way to read and cut: another one may do so
        differently.
        """
        parts = [
            release(),
            READING,
            self.content_hash,
            self.suffix,
            self.chunk_method,
            self.cut_settings,
            ranges_of(self.parser_config),
            *self.wishes,
            self.embedding_model,
            self.read_hidden,
            self.helped,
            *self.name_in_vectors,
        ]
        return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def cut_settings_of(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return those of some stored settings that chunks depend on."""
    settings = {key: config[key] for key in CUT_SETTINGS if config.get(key) is not None}
    parts = config.get("parent_child") or {}
    if parts.get("use_parent_child"):
        settings["children_delimiter"] = parts.get("children_delimiter") or "\n"
    return settings


@cache
def release() -> str:
    """Return the version of Raglan, which takes long to look up."""
    return version("raglan")


class CopySource(NamedTuple):
    """A document whose visible chunks can be copied instead of making them again."""

    id: str
    name: str
    generation: int
    chunk_count: int
    dataset_id: str


class CopiedChunk(NamedTuple):
    """A chunk that is copied, as it was made; lists are JSON text."""

    id: str
    document_id: str
    dataset_id: str
    content: str
    ordinal: int
    important_keywords: str
    questions: str
    positions: str
    image_id: str
    create_time: int
    headings: str
    parent: int

    @property
    def chunk(self) -> Chunk:
        """Return the chunk, as one that is available."""
        return Chunk(
            self.id,
            self.document_id,
            self.dataset_id,
            self.content,
            self.ordinal,
            tuple(orjson.loads(self.important_keywords)),
            tuple(orjson.loads(self.questions)),
            tuple(Position(*position) for position in orjson.loads(self.positions)),
            self.image_id,
            created_at=self.create_time,
            headings=tuple(orjson.loads(self.headings)),
            parent=self.parent,
        )


class KeptByHand(NamedTuple):
    """How many chunks of a run people have added, and changed."""

    added: int
    edited: int

    @property
    def line(self) -> str:
        """Return what progress says of them; empty without any."""
        if not any(self):
            return ""
        return f"Kept chunks made by hand: {self.added} added, {self.edited} changed."


class EndedRun(NamedTuple):
    """A run of a document of which something may be left to remove."""

    dataset_id: str
    document_id: str
    generation: int


class QueuedDocument(NamedTuple):
    """A document that is about to be parsed, or to be parsed no more."""

    id: str
    tenant_id: str
    dataset_id: str
    run: str
    generation: int
    next_generation: int

    @property
    def is_stoppable(self) -> bool:
        """Return whether a run goes on that has not published its chunks yet."""
        return self.run == RunState.RUNNING and self.generation != self.next_generation


class TaskRecord(NamedTuple):
    """A task of a document as it is shown; times in ms since the epoch, 0 for never.

    `stages` is JSON of the worker and its seconds by stage, empty until the chunks are made.
    `owner` is the worker that has it now.
    """

    id: str
    generation: int
    part: int
    first_page: int
    last_page: int
    state: str
    attempts: int
    owner: str
    error: str
    progress: float
    progress_msg: str
    chunk_count: int
    token_count: int
    used_ms: int
    cpu_ms: int
    characters: int
    create_time: int
    started_time: int
    finished_time: int
    stages: str


class PageRun(NamedTuple):
    """Pages of a file that follow each other and are equally large, in points."""

    first: int
    last: int
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Pages:
    """How large the pages of a file are; `version` names it, and all that is drawn of it.

    Where the file is itself a picture, its extent is that of its only page, in pixels. Chunks of a
    placed one tell where on its pages they stand.
    """

    runs: tuple[PageRun, ...]
    version: str
    is_picture: bool
    is_placed: bool

    @property
    def total(self) -> int:
        """Return how many pages there are."""
        return self.runs[-1].last if self.runs else 0


@dataclass(frozen=True, slots=True)
class PictureSize:
    """How large a picture is wanted: so many pixels wide, or so many a point with a `scale`."""

    width: int
    scale: float = 0.0

    @property
    def name(self) -> str:
        """Return what stands for it in the name of a file."""
        return f"x{self.scale:g}" if self.scale else f"w{self.width}"


@dataclass(slots=True)
class Asked:
    """To how many documents it was done, and which were refused or not found."""

    count: int = 0
    refused: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
