"""Chunks on the console's pages, in the names of RAGFlow's search index."""

from typing import Annotated, Any, Literal, NotRequired, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator
from typing_extensions import TypedDict

from api.errors import ArgumentError, RuleError
from api.schemas.base import MAX_PAGE, MAX_PAGE_SIZE, Ids, LenientFlag, StorableText, Unbuilt
from api.schemas.chunk_fields import ORDER, Content, Texts, text_list
from api.schemas.console.document import DocumentAnswer, OneOrMany, present_document
from api.schemas.console.requests import ConsoleRequest
from api.schemas.listing import ListPart, names_in, shown_as
from api.schemas.meta_filter import MetaFilter
from api.schemas.searching import (
    MAX_QUESTION,
    CountAnswer,
    Languages,
    Number,
    Weight,
    document_counts,
    steps_of,
)
from api.schemas.times import plain_time
from api.schemas.unread import unread
from api.services.chats.filters import condition_of
from api.services.library.records import (
    ChunkPage,
    ChunkRecord,
    DocumentPlace,
    DocumentRecord,
    PlacedChunk,
)
from api.services.library.values import ChunkChange, ChunkFilter, NewChunk
from api.services.search.records import Found
from api.services.search.values import Search
from api.services.unset import UNSET
from rag.engines.base import Hit
from rag.engines.defaults import MOST_TOP_K

PER_PAGE = 30


def flag_of(value: Any) -> Any:
    """Return true, false and texts of 0 and 1 as numbers; the rest as it is."""
    return int(value) if isinstance(value, bool) or value in ("0", "1") else value


Flag = Annotated[Literal[0, 1], BeforeValidator(flag_of)]


class DocPage(ConsoleRequest):
    """Which page of a list that begins with page 1; 0 stands for the defaults."""

    page: int = Field(1, ge=0, le=MAX_PAGE)
    size: int = Field(PER_PAGE, ge=0, le=MAX_PAGE_SIZE)

    @property
    def limit(self) -> int:
        """Return how many there are on a page."""
        return self.size or PER_PAGE

    @property
    def offset(self) -> int:
        """Return how many come before the page."""
        return (max(self.page, 1) - 1) * self.limit


class ChunkListRequest(DocPage, ListPart):
    """Which chunks of a document to list, without keywords in its order, and what of each."""

    heavy = shown_as(
        "positions",
        "headings",
        content="content_with_weight",
        important_keywords="important_kwd",
        questions="question_kwd",
    )

    doc_id: str
    keywords: StorableText = ""
    available_int: Flag | None = None

    @classmethod
    def shows(cls) -> frozenset[str]:
        """Return the names of what a chunk shows."""
        return names_in(ListedChunk)

    @model_validator(mode="after")
    def in_order(self) -> Self:
        """Refuse a place in anything but the whole document."""
        if self.after and self.keywords.strip():
            raise ArgumentError("`after` cannot be given together with `keywords`.")
        return self

    def wanted(self) -> ChunkFilter:
        """Return which chunks to list."""
        return ChunkFilter(
            limit=self.limit,
            offset=self.offset,
            keywords=self.keywords if self.keywords.strip() else "",
            available=None if self.available_int is None else bool(self.available_int),
            after=self.place(ORDER),
            without=self.without(),
        )


class DocId(ConsoleRequest):
    """Which document."""

    doc_id: str


class ChunkId(ConsoleRequest):
    """Which chunk."""

    chunk_id: str


class ChunkFields(ConsoleRequest):
    """What is said of a chunk; what else its page has read of it may come back with it."""

    doc_id: str
    content_with_weight: Content
    tag_kwd: Unbuilt = None
    tag_feas: Unbuilt = None

    @field_validator("content_with_weight")
    @classmethod
    def content_is_given(cls, content: str) -> str:
        """Refuse a chunk without content; blanks are taken."""
        if not content:
            raise RuleError("`content_with_weight` is required")
        return content


class NewChunkRequest(ChunkFields):
    """A chunk to add; it is available, as RAGFlow's form says of each that it is not."""

    important_kwd: Texts = Field(default_factory=list)
    question_kwd: Texts = Field(default_factory=list)

    @field_validator("important_kwd", "question_kwd", mode="before")
    @classmethod
    def texts(cls, value: Any, info: Any) -> Any:
        """Read a null as an empty list, and omit blank texts."""
        given = [] if value is None else value
        return text_list(info.field_name, given, "is required to be a list")

    def wanted(self) -> NewChunk:
        """Return the chunk to add."""
        return NewChunk(self.content_with_weight, self.important_kwd, self.question_kwd)


class ChunkEdit(ChunkFields):
    """What to change of a chunk; a null counts as not given."""

    chunk_id: str
    important_kwd: Texts | None = None
    question_kwd: Texts | None = None
    available_int: Flag | None = None

    @field_validator("important_kwd", "question_kwd", mode="before")
    @classmethod
    def texts(cls, value: Any, info: Any) -> Any:
        """Omit blank texts."""
        return None if value is None else text_list(info.field_name, value, "should be a list")

    def change(self) -> ChunkChange:
        """Return what to change."""
        return ChunkChange(
            content=self.content_with_weight,
            important_keywords=UNSET if self.important_kwd is None else self.important_kwd,
            questions=UNSET if self.question_kwd is None else self.question_kwd,
            available=UNSET if self.available_int is None else bool(self.available_int),
        )


class ChunkIds(DocId):
    """Which chunks of a document."""

    chunk_ids: Ids


class ChunkSwitch(ChunkIds):
    """Whether searches are to find chunks."""

    available_int: Flag


class RetrievalTest(DocPage):
    """What to search for and where; what None stands for, the search app or the settings say."""

    kb_id: OneOrMany = Field(min_length=1)
    question: str = Field(max_length=MAX_QUESTION)
    doc_ids: Ids | None = None
    similarity_threshold: Number | None = None
    vector_similarity_weight: Weight | None = None
    top_k: int | None = Field(None, ge=1, le=MOST_TOP_K)
    highlight: LenientFlag | None = False
    keyword: LenientFlag | None = False
    use_kg: Unbuilt = False
    toc_enhance: Unbuilt = False
    rerank_id: StorableText | None = Field("", max_length=255)
    search_id: str | None = ""
    cross_languages: Languages | None = None
    meta_data_filter: MetaFilter | None = None

    def wanted(self, threshold: float | None = None) -> Search:
        """Return what is asked, with a threshold where neither request nor search app has one."""
        usual = None if self.search_id else threshold
        return Search(
            self.question,
            tuple(dict.fromkeys(self.kb_id)),
            limit=self.limit,
            offset=self.offset,
            document_ids=tuple(dict.fromkeys(self.doc_ids or ())),
            threshold=usual if self.similarity_threshold is None else self.similarity_threshold,
            vector_weight=self.vector_similarity_weight,
            top_k=self.top_k,
            reranker=self.rerank_id or "",
            condition=condition_of(self.meta_data_filter or {}),
            steps=steps_of(self.cross_languages or (), keyword=bool(self.keyword)),
        )


class MadeChunk(TypedDict):
    """The chunk that was made."""

    chunk_id: str


class ListedChunk(TypedDict):
    """A chunk in a list; a position has a page, left, right, top and bottom."""

    chunk_id: str
    content_with_weight: str
    doc_id: str
    docnm_kwd: str
    important_kwd: list[str]
    question_kwd: list[str]
    image_id: str
    available_int: int
    positions: list[list[int]]
    headings: list[str]


class ChunksAnswer(TypedDict):
    """A page of a document's chunks, and the document."""

    total: int
    chunks: list[ListedChunk]
    doc: DocumentAnswer


class ChunkAnswer(TypedDict):
    """A single chunk; all of it comes back when it is edited."""

    id: str
    chunk_id: str
    content_with_weight: str
    doc_id: str
    kb_id: str
    docnm_kwd: str
    important_kwd: list[str]
    question_kwd: list[str]
    tag_kwd: list[str]
    tag_feas: dict[str, float]
    img_id: str
    available_int: int
    position_int: list[list[int]]
    headings: list[str]
    create_time: str
    create_timestamp_flt: float


class FoundChunk(TypedDict):
    """A chunk that a search found; `highlight` has marks around the words of the question."""

    chunk_id: str
    content_with_weight: str
    doc_id: str
    kb_id: str
    docnm_kwd: str
    important_kwd: list[str]
    question_kwd: list[str]
    image_id: str
    img_id: str
    doc_type_kwd: str
    positions: list[list[int]]
    headings: list[str]
    similarity: float
    vector_similarity: float
    term_similarity: float
    highlight: NotRequired[str]


class FoundAnswer(TypedDict):
    """A page of what a search found, and how many chunks each document has of all of it."""

    total: int
    chunks: list[FoundChunk]
    doc_aggs: list[CountAnswer]


def present_made(placed: PlacedChunk) -> MadeChunk:
    """Return which chunk was made."""
    return {"chunk_id": placed.chunk.id}


def present_listed(chunk: ChunkRecord, document: DocumentPlace | DocumentRecord) -> ListedChunk:
    """Return a chunk of a document as a list shows it."""
    return {
        "chunk_id": chunk.id,
        "content_with_weight": chunk.content,
        "doc_id": document.id,
        "docnm_kwd": document.name,
        "important_kwd": unread(chunk.important_keywords),
        "question_kwd": unread(chunk.questions),
        "image_id": chunk.image_id,
        "available_int": int(chunk.available),
        "positions": unread(chunk.positions),
        "headings": unread(chunk.headings),
    }


def present_chunks(page: ChunkPage, asked: ChunkListRequest) -> ChunksAnswer:
    """Return a page of chunks as it goes out, with their document."""
    return {
        "total": page.total,
        "chunks": asked.chosen([present_listed(chunk, page.document) for chunk in page.chunks]),
        "doc": present_document(page.document),
    }


def present_chunk(placed: PlacedChunk) -> ChunkAnswer:
    """Return a single chunk as it goes out."""
    chunk, document = placed.chunk, placed.document
    return {
        "id": chunk.id,
        "chunk_id": chunk.id,
        "content_with_weight": chunk.content,
        "doc_id": document.id,
        "kb_id": document.dataset_id,
        "docnm_kwd": document.name,
        "important_kwd": unread(chunk.important_keywords),
        "question_kwd": unread(chunk.questions),
        "tag_kwd": [],
        "tag_feas": {},
        "img_id": chunk.image_id,
        "available_int": int(chunk.available),
        "position_int": unread(chunk.positions),
        "headings": unread(chunk.headings),
        "create_time": plain_time(chunk.create_time),
        "create_timestamp_flt": chunk.create_time / 1000,
    }


def present_hit(hit: Hit) -> FoundChunk:
    """Return a chunk as a search shows it."""
    chunk = hit.chunk
    return {
        "chunk_id": chunk.id,
        "content_with_weight": chunk.content,
        "doc_id": chunk.document_id,
        "kb_id": chunk.dataset_id,
        "docnm_kwd": hit.document_name,
        "important_kwd": list(chunk.important_keywords),
        "question_kwd": list(chunk.questions),
        "image_id": chunk.image_id,
        "img_id": chunk.image_id,
        "doc_type_kwd": "",
        "positions": [position.as_list() for position in chunk.positions],
        "headings": list(chunk.headings),
        "similarity": hit.similarity,
        "vector_similarity": hit.vector_similarity,
        "term_similarity": hit.term_similarity,
    }


def present_found(found: Found) -> FoundAnswer:
    """Return what a search found, marked where that was asked for."""
    chunks = [present_hit(hit) for hit in found.result.hits]
    for chunk, text in zip(chunks, found.highlights or (), strict=False):
        chunk["highlight"] = text
    return {
        "total": found.result.total,
        "chunks": chunks,
        "doc_aggs": document_counts(found.result.documents),
    }
