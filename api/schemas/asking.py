"""Questions to datasets without an assistant, as RAGFlow's search pages ask them, at all doors."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from api.schemas.base import (
    Ids,
    LenientFlag,
    NullFreeRequest,
    StorableText,
    Unbuilt,
    UnbuiltFlag,
    UnbuiltTexts,
)
from api.schemas.searching import MAX_QUESTION, Number, Weight
from api.services.chats.records import Outline
from api.services.chats.values import Asked
from api.services.search.records import Found
from api.services.search.values import Search
from rag.engines.base import DocumentCount, Hit
from rag.engines.defaults import MOST_TOP_K

MAX_SIZE = 10_000


class AskRequest(NullFreeRequest):
    """A question to datasets, or to those of a search app, which says how they are searched."""

    question: str = Field(max_length=MAX_QUESTION)
    kb_ids: Ids = Field(default=[])
    search_id: str = ""

    def wanted(self) -> Asked:
        """Return what is asked."""
        return Asked(self.question, tuple(dict.fromkeys(self.kb_ids)), self.search_id)


class DatasetsRequest(NullFreeRequest):
    """A question to datasets."""

    question: str = Field(max_length=MAX_QUESTION)
    dataset_ids: Ids = Field(min_length=1)

    def wanted(self) -> Asked:
        """Return what is asked."""
        return Asked(self.question, tuple(dict.fromkeys(self.dataset_ids)))


class RelatedRequest(NullFreeRequest):
    """A question for which others are wanted that go with it; `industry` is what all are about."""

    question: str = Field(max_length=MAX_QUESTION)
    search_id: str = ""
    industry: Annotated[StorableText, Field(max_length=255)] = ""

    def wanted(self) -> Asked:
        """Return what is asked."""
        return Asked(self.question, app_id=self.search_id)


class SearchTestRequest(NullFreeRequest):
    """What to search for and where; what None stands for, the search app or the settings say."""

    kb_id: str | Ids = Field(default=[])
    question: str = Field(max_length=MAX_QUESTION)
    doc_ids: Ids = Field(default=[])
    page: int = Field(1, ge=0, le=1_000_000)
    size: int = Field(30, ge=0, le=MAX_SIZE)
    similarity_threshold: Number | None = None
    vector_similarity_weight: Weight | None = None
    top_k: int | None = Field(None, gt=0, le=MOST_TOP_K)
    search_id: str = ""
    highlight: LenientFlag = False
    rerank_id: StorableText = Field("", max_length=255)
    use_kg: UnbuiltFlag = False
    keyword: UnbuiltFlag = False
    cross_languages: UnbuiltTexts = Field(default=[])
    meta_data_filter: Unbuilt = None

    def wanted(self, threshold: float) -> Search:
        """Return what is asked, with a threshold where neither request nor search app has one."""
        ids = [self.kb_id] if isinstance(self.kb_id, str) else self.kb_id
        usual = None if self.search_id else threshold
        size = self.size or 30
        return Search(
            self.question,
            tuple(dict.fromkeys(ids)),
            limit=size,
            offset=max(self.page - 1, 0) * size,
            document_ids=tuple(dict.fromkeys(self.doc_ids)),
            threshold=usual if self.similarity_threshold is None else self.similarity_threshold,
            vector_weight=self.vector_similarity_weight,
            top_k=self.top_k,
            reranker=self.rerank_id,
        )


class HitAnswer(TypedDict):
    """A chunk that was found; `highlight` is there where it was asked for."""

    chunk_id: str
    content_with_weight: str
    doc_id: str
    docnm_kwd: str
    kb_id: str
    important_kwd: list[str]
    question_kwd: list[str]
    image_id: str
    img_id: str
    doc_type_kwd: str
    positions: list[list[int]]
    similarity: float
    vector_similarity: float
    term_similarity: float
    highlight: NotRequired[str]


class CountAnswer(TypedDict):
    """How many of the chunks that were found a document has."""

    doc_id: str
    doc_name: str
    count: int


class FoundAnswer(TypedDict):
    """A page of what a search found."""

    total: int
    chunks: list[HitAnswer]
    doc_aggs: list[CountAnswer]


class OutlineAnswer(TypedDict):
    """A point of an outline, with what stands below it; `id` is its text."""

    id: str
    children: list["OutlineAnswer"]


def present_search(found: Found) -> FoundAnswer:
    """Return a page of what a search found."""
    chunks = [present_hit(hit) for hit in found.result.hits]
    for chunk, text in zip(chunks, found.highlights or (), strict=False):
        chunk["highlight"] = text
    counts = [present_count(document) for document in found.result.documents]
    return {"total": found.result.total, "chunks": chunks, "doc_aggs": counts}


def present_hit(hit: Hit) -> HitAnswer:
    """Return a chunk that was found."""
    chunk = hit.chunk
    return {
        "chunk_id": chunk.id,
        "content_with_weight": chunk.content,
        "doc_id": chunk.document_id,
        "docnm_kwd": hit.document_name,
        "kb_id": chunk.dataset_id,
        "important_kwd": list(chunk.important_keywords),
        "question_kwd": list(chunk.questions),
        "image_id": chunk.image_id,
        "img_id": chunk.image_id,
        "doc_type_kwd": "",
        "positions": [position.as_list() for position in chunk.positions],
        "similarity": hit.similarity,
        "vector_similarity": hit.vector_similarity,
        "term_similarity": hit.term_similarity,
    }


def present_count(document: DocumentCount) -> CountAnswer:
    """Return how many of the chunks a document has."""
    return {
        "doc_id": document.document_id,
        "doc_name": document.document_name,
        "count": document.count,
    }


def present_outline(outline: Outline) -> OutlineAnswer:
    """Return an outline as the pages draw it."""
    return {"id": outline.text, "children": [present_outline(point) for point in outline.below]}
