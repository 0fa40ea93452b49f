"""Chunks on the wire."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, field_validator, model_validator
from typing_extensions import TypedDict

from api.errors import ArgumentError, RuleError
from api.schemas.base import (
    MAX_PAGE,
    DeletionRequest,
    FilledPageQuery,
    Ids,
    LenientFlag,
    Request,
    Unbuilt,
)
from api.schemas.chunk_fields import (
    LIST_LIMIT,
    ORDER,
    Content,
    Flag,
    PageBox,
    Texts,
    flag,
    text_list,
)
from api.schemas.listing import ListQuery, names_in, shown_as, written_cursor
from api.schemas.sdk.document import DocumentAnswer, present_document
from api.schemas.times import plain_time
from api.schemas.unread import unread
from api.services.library.records import (
    ChunkPage,
    ChunkRecord,
    DocumentPlace,
    DocumentRecord,
    PlacedChunk,
)
from api.services.library.values import ChunkChange, ChunkFilter, NewChunk
from api.services.unset import UNSET


def filled_content(content: Any) -> Any:
    """Refuse a content that is null or blank."""
    if content is None or (isinstance(content, str) and not content.strip()):
        raise RuleError("`content` is required")
    return content


class ChunkFields(Request):
    """What chunks have elsewhere and here have not."""

    tag_kwd: Unbuilt = None
    tag_feas: Unbuilt = None
    image_base64: Unbuilt = None


class ChunkRequest(ChunkFields):
    """A new chunk."""

    content: Content = ""
    important_keywords: Texts = Field(default_factory=list)
    questions: Texts = Field(default_factory=list)

    _content = field_validator("content", mode="before")(filled_content)

    @field_validator("important_keywords", "questions", mode="before")
    @classmethod
    def texts(cls, value: Any, info: Any) -> Any:
        """Read a null as an empty list, and omit blank questions."""
        return text_list(
            info.field_name, [] if value is None else value, "is required to be a list"
        )

    @model_validator(mode="after")
    def content_is_given(self) -> Self:
        """Refuse a chunk without content."""
        if not self.content:
            raise RuleError("`content` is required")
        return self

    def wanted(self) -> NewChunk:
        """Return the chunk to add."""
        return NewChunk(self.content, self.important_keywords, self.questions)


class ChunkChangeRequest(ChunkFields):
    """What to change of a chunk; a null counts as not given, but a content cannot be null."""

    content: Content | None = None
    important_keywords: Texts | None = None
    questions: Texts | None = None
    available: Flag | None = None
    positions: Annotated[list[PageBox], Field(max_length=LIST_LIMIT, fail_fast=True)] | None = None

    _content = field_validator("content", mode="before")(filled_content)

    @field_validator("important_keywords", "questions", mode="before")
    @classmethod
    def texts(cls, value: Any, info: Any) -> Any:
        """Omit blank questions."""
        return None if value is None else text_list(info.field_name, value, "should be a list")

    @field_validator("available", mode="before")
    @classmethod
    def available_is_a_flag(cls, value: Any) -> Any:
        """Read true and false as 1 and 0."""
        return None if value is None else flag("available", value)

    def change(self) -> ChunkChange:
        """Return what to change."""
        return ChunkChange(
            content=UNSET if self.content is None else self.content,
            important_keywords=(
                UNSET if self.important_keywords is None else self.important_keywords
            ),
            questions=UNSET if self.questions is None else self.questions,
            available=UNSET if self.available is None else bool(self.available),
            positions=UNSET if self.positions is None else self.positions,
        )


class ChunkQuery(ListQuery, FilledPageQuery):
    """Which chunks of a document to list; without keywords in its order."""

    heavy = shown_as("content", "important_keywords", "questions", "positions", "headings")

    keywords: str = ""
    id: str = ""
    available: LenientFlag | None = None
    on_page: int | None = Field(None, ge=1, le=MAX_PAGE)
    source: Literal["", "parsed", "edited", "added"] = ""

    @classmethod
    def shows(cls) -> frozenset[str]:
        """Return the names of what a chunk shows."""
        return names_in(ChunkAnswer)

    def wanted(self) -> ChunkFilter:
        """Return which chunks to list."""
        return ChunkFilter(
            limit=self.page_size,
            offset=self.offset,
            keywords=self.keywords if self.keywords.strip() else "",
            id=self.id,
            available=self.available,
            on_page=self.on_page or 0,
            source=self.source,
            after=self.place(ORDER),
            without=self.without(),
        )

    @model_validator(mode="after")
    def in_order(self) -> Self:
        """Refuse a place in anything but the whole document."""
        if self.after and (self.id or self.keywords.strip()):
            raise ArgumentError("`after` cannot be given together with `keywords` or `id`.")
        return self

    def next_after(self, found: ChunkPage) -> str:
        """Return the cursor of the last chunk of a full page; empty where nothing follows."""
        if found.last is None or len(found.chunks) < self.page_size:
            return ""
        return written_cursor(found.last, ORDER)


class ChunkAvailability(Request):
    """Which chunks are to be found by searches, or not any more."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"chunk_ids": ["d46a9d3ccd2b6fd4"], "available": 1}]}
    )

    chunk_ids: Ids = Field(default=[])
    available: Flag | None = None

    @model_validator(mode="before")
    @classmethod
    def complete(cls, values: Any) -> Any:
        """Name what is missing, and take the flag by either of its names."""
        if not isinstance(values, dict) or not values.get("chunk_ids"):
            raise RuleError("`chunk_ids` is required.")
        for name in ("available_int", "available"):
            if values.get(name) is not None:
                return {**values, "available": flag(name, values[name])}
        raise RuleError("`available_int` or `available` is required.")


class ChunkDeletion(DeletionRequest):
    """Which chunks to delete."""

    listed_in: ClassVar[str] = "chunk_ids"
    chunk_ids: Ids | None = Field(default=[])


class ChunkAnswer(TypedDict):
    """A chunk; `source` says whether it was parsed, edited or added."""

    id: str
    content: str
    document_id: str
    dataset_id: str
    docnm_kwd: str
    document_name: str
    important_keywords: list[str]
    questions: list[str]
    image_id: str
    available: bool
    source: str
    positions: list[list[float]]
    headings: list[str]
    create_time: str
    create_timestamp: float


class AddedChunkAnswer(TypedDict):
    """A chunk that was added."""

    chunk: ChunkAnswer


class ChunksAnswer(TypedDict):
    """A page of chunks with their document; `total` counts those of all pages."""

    total: int
    chunks: list[ChunkAnswer]
    doc: DocumentAnswer


class RawChunkAnswer(TypedDict):
    """A chunk in the names of the search index."""

    id: str
    content_with_weight: str
    doc_id: str
    kb_id: str
    docnm_kwd: str
    important_kwd: list[str]
    question_kwd: list[str]
    tag_kwd: list[str]
    img_id: str
    available_int: int
    position_int: list[list[float]]
    headings: list[str]
    create_time: str
    create_timestamp_flt: float


def present_added(added: PlacedChunk) -> AddedChunkAnswer:
    """Return a chunk that was added."""
    return {"chunk": present_chunk(added.chunk, added.document)}


def present_chunks(page: ChunkPage, query: ChunkQuery) -> ChunksAnswer:
    """Return a page of chunks as it goes out, with their document."""
    return {
        "total": page.total,
        "chunks": query.chosen([present_chunk(chunk, page.document) for chunk in page.chunks]),
        "doc": present_document(page.document),
    }


def present_chunk(chunk: ChunkRecord, document: DocumentPlace | DocumentRecord) -> ChunkAnswer:
    """Return a chunk of a document as it goes out."""
    made = chunk.create_time / 1000
    return {
        "id": chunk.id,
        "content": chunk.content,
        "document_id": document.id,
        "dataset_id": document.dataset_id,
        "docnm_kwd": document.name,
        "document_name": document.name,
        "important_keywords": unread(chunk.important_keywords),
        "questions": unread(chunk.questions),
        "image_id": chunk.image_id,
        "available": bool(chunk.available),
        "source": chunk.source,
        "positions": unread(chunk.positions),
        "headings": unread(chunk.headings),
        "create_time": plain_time(chunk.create_time),
        "create_timestamp": made,
    }


def present_raw_chunk(placed: PlacedChunk) -> RawChunkAnswer:
    """Return a chunk in the names of the search index, as clients read a single one."""
    chunk, document = placed.chunk, placed.document
    made = chunk.create_time / 1000
    return {
        "id": chunk.id,
        "content_with_weight": chunk.content,
        "doc_id": document.id,
        "kb_id": document.dataset_id,
        "docnm_kwd": document.name,
        "important_kwd": unread(chunk.important_keywords),
        "question_kwd": unread(chunk.questions),
        "tag_kwd": [],
        "img_id": chunk.image_id,
        "available_int": int(chunk.available),
        "position_int": unread(chunk.positions),
        "headings": unread(chunk.headings),
        "create_time": plain_time(chunk.create_time),
        "create_timestamp_flt": made,
    }
