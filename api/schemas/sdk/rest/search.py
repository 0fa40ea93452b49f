"""Searches of datasets at the addresses of the later contract, which answer in raw names."""

from typing import Annotated, Any

from pydantic import Field, model_validator
from typing_extensions import TypedDict

from api.errors import ArgumentError
from api.schemas.base import (
    MAX_PAGE,
    MAX_PAGE_SIZE,
    Ids,
    LenientFlag,
    NullFreeRequest,
    StorableText,
    UnbuiltFlag,
)
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
from api.services.chats.filters import condition_of
from api.services.search.records import Found
from api.services.search.values import Search
from rag.engines.base import Hit
from rag.engines.defaults import MOST_TOP_K


class DatasetSearch(NullFreeRequest):
    """What to search for in a dataset that the address names; a null counts as not given.

    What is not said of the ranking the search app `search_id` says, else the settings. What is not
    built (graphs, filters that a model makes) is taken where it means
    "off".
    """

    question: str = Field(max_length=MAX_QUESTION)
    doc_ids: Ids = Field(default=[])
    page: int = Field(1, ge=1, le=MAX_PAGE)
    size: int = Field(30, ge=1, le=MAX_PAGE_SIZE)
    top_k: int | None = Field(None, ge=1, le=MOST_TOP_K)
    similarity_threshold: Number | None = None
    vector_similarity_weight: Weight | None = None
    rerank_id: StorableText = Field("", max_length=255)
    search_id: str = ""
    keyword: LenientFlag = False
    use_kg: UnbuiltFlag = False
    cross_languages: Languages = Field(default=[])
    meta_data_filter: MetaFilter | None = None

    @model_validator(mode="before")
    @classmethod
    def complete(cls, values: Any) -> Any:
        """Name the fields that are required and missing."""
        required = (name for name, field in cls.model_fields.items() if field.is_required())
        lacking = [name for name in required if values.get(name) is None]
        if lacking:
            raise ArgumentError(f"required argument are missing: {', '.join(lacking)}")
        return values

    def within(self, *dataset_ids: str) -> Search:
        """Return what is asked of some datasets; without a search app every passage counts."""
        usual = None if self.search_id else 0.0
        return Search(
            self.question,
            tuple(dict.fromkeys(dataset_ids)),
            limit=self.size,
            offset=(self.page - 1) * self.size,
            document_ids=tuple(dict.fromkeys(self.doc_ids)),
            condition=condition_of(self.meta_data_filter or {}),
            threshold=usual if self.similarity_threshold is None else self.similarity_threshold,
            vector_weight=self.vector_similarity_weight,
            top_k=self.top_k,
            reranker=self.rerank_id,
            steps=steps_of(self.cross_languages, keyword=self.keyword),
        )


class DatasetsSearch(DatasetSearch):
    """What to search for, and in which datasets."""

    dataset_ids: Annotated[Ids, Field(min_length=1)]

    def wanted(self) -> Search:
        """Return what is asked."""
        return self.within(*self.dataset_ids)


class RawChunk(TypedDict):
    """A chunk that was found, in the names of the search index."""

    chunk_id: str
    content_with_weight: str
    doc_id: str
    docnm_kwd: str
    kb_id: str
    important_kwd: list[str]
    question_kwd: list[str]
    tag_kwd: list[str]
    image_id: str
    positions: list[list[int]]
    headings: list[str]
    doc_type_kwd: str
    similarity: float
    vector_similarity: float
    term_similarity: float


class RawFound(TypedDict):
    """What a search found; `labels` are the tags of the question, of which there are none."""

    total: int
    chunks: list[RawChunk]
    doc_aggs: list[CountAnswer]
    labels: list[str]


def present_raw_found(found: Found) -> RawFound:
    """Return what a search found, in raw names."""
    result = found.result
    return {
        "total": result.total,
        "chunks": [present_raw_hit(hit) for hit in result.hits],
        "doc_aggs": document_counts(result.documents),
        "labels": [],
    }


def present_raw_hit(hit: Hit) -> RawChunk:
    """Return a chunk that was found, in raw names."""
    chunk = hit.chunk
    return {
        "chunk_id": chunk.id,
        "content_with_weight": chunk.content,
        "doc_id": chunk.document_id,
        "docnm_kwd": hit.document_name,
        "kb_id": chunk.dataset_id,
        "important_kwd": [*chunk.important_keywords],
        "question_kwd": [*chunk.questions],
        "tag_kwd": [],
        "image_id": chunk.image_id,
        "positions": [position.as_list() for position in chunk.positions],
        "headings": [*chunk.headings],
        "doc_type_kwd": "",
        "similarity": hit.similarity,
        "vector_similarity": hit.vector_similarity,
        "term_similarity": hit.term_similarity,
    }
