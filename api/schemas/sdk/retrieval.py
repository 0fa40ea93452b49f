"""Searching datasets for passages, on the wire."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, NotRequired, Self

from pydantic import (
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
from typing_extensions import TypedDict

from api.errors import RuleError
from api.schemas.base import (
    Ids,
    LenientFlag,
    NullFreeRequest,
    PageQuery,
    StorableText,
    Unbuilt,
    UnbuiltFlag,
)
from api.schemas.condition import MetadataFilter
from api.schemas.searching import (
    MAX_QUESTION,
    CountAnswer,
    Languages,
    Number,
    Weight,
    document_counts,
    steps_of,
)
from api.services.search.context import MOST as MOST_CONTEXT
from api.services.search.records import Explanation, Found, Matched, Refined
from api.services.search.values import Search
from rag.engines.base import Duplicate, Hit
from rag.engines.defaults import MOST_TOP_K

MOST_IN_CONTEXT = 100
"""How many chunks of a page may have others around them: each takes two statements."""


class Beside(NullFreeRequest):
    """What clients send beside the fields of a search."""

    reference_metadata: Unbuilt = None


class RetrievalRequest(NullFreeRequest, PageQuery):
    """What to search for and where; a null counts as not given.

    `keyword` and `cross_languages` have the tenant's chat model add words and translations to the
    question. `use_kg` and `toc_enhance` are not built: they are taken where they mean "off".
    `context` asks for so many chunks before and after each; `content_ltks` for each chunk's tokens,
    which clients of RAGFlow do not read and which take longer to make than the search.
    `rerank_id` names a rerank model, whose relevance takes the place of the vector's similarity.
    What None stands for comes from the settings.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    dataset_ids: Annotated[Ids, Field(min_length=1)]
    question: str = Field(max_length=MAX_QUESTION)
    document_ids: Ids = Field(default=[])
    similarity_threshold: Number | None = None
    vector_similarity_weight: Weight | None = None
    top_k: int | None = Field(None, le=MOST_TOP_K)
    rerank_id: StorableText = Field("", max_length=255)
    highlight: bool = False
    content_ltks: LenientFlag = False
    explain: LenientFlag = False
    context: int = Field(0, ge=0, le=MOST_CONTEXT)
    keyword: LenientFlag = False
    use_kg: UnbuiltFlag = False
    toc_enhance: UnbuiltFlag = False
    cross_languages: Languages = Field(default=[])
    metadata_condition: MetadataFilter = None
    reference_metadata: Unbuilt = None
    extra_body: Beside = Beside()

    @model_validator(mode="before")
    @classmethod
    def required(cls, values: Any) -> Any:
        """Name the keys that no search goes without."""
        for key in ("dataset_ids", "question"):
            if isinstance(values, dict) and values.get(key) is None:
                raise RuleError(f"`{key}` is required.")
        return values

    @field_validator("dataset_ids", mode="before")
    @classmethod
    def datasets_are_listed(cls, value: Any) -> Any:
        """Refuse a single id where a list belongs, and an empty list."""
        if not isinstance(value, list):
            raise RuleError("`dataset_ids` should be a list")
        if not value:
            raise RuleError("`dataset_ids` is required.")
        return value

    @field_validator("document_ids", mode="before")
    @classmethod
    def documents_are_listed(cls, value: Any) -> Any:
        """Refuse a single id where a list belongs."""
        if not isinstance(value, list):
            raise RuleError("`documents` should be a list")
        return value

    @field_validator("top_k")
    @classmethod
    def top_k_is_positive(cls, value: int) -> int:
        """Refuse to look at no candidates at all."""
        if value <= 0:
            raise RuleError("`top_k` must be greater than 0")
        return value

    @field_validator("highlight", mode="before")
    @classmethod
    def highlight_is_a_flag(cls, value: Any) -> Any:
        """Read the texts True and False as booleans."""
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        raise RuleError("`highlight` should be a boolean")

    @model_validator(mode="after")
    def context_is_bounded(self) -> Self:
        """Refuse what stands around each of thousands of chunks."""
        if self.context and self.page_size > MOST_IN_CONTEXT:
            raise RuleError(f"With `context`, `page_size` may be {MOST_IN_CONTEXT} at most.")
        return self

    def wanted(self) -> Search:
        """Return what is asked; a condition counts only where no documents are named."""
        return Search(
            self.question,
            tuple(dict.fromkeys(self.dataset_ids)),
            limit=self.page_size,
            offset=self.offset,
            document_ids=tuple(dict.fromkeys(self.document_ids)),
            condition=None if self.document_ids else self.metadata_condition,
            threshold=self.similarity_threshold,
            vector_weight=self.vector_similarity_weight,
            top_k=self.top_k,
            reranker=self.rerank_id,
            explained=self.explain,
            steps=steps_of(self.cross_languages, keyword=self.keyword),
            context=self.context,
        )


class PlaceAnswer(TypedDict):
    """Where else the words of a passage stand."""

    id: str
    document_id: str
    document_name: str
    document_path: str
    dataset_id: str


class MatchedAnswer(TypedDict):
    """A term of the question that a chunk holds, how often, and what it weighs among all terms."""

    term: str
    count: int
    weight: float


class ContextAnswer(TypedDict):
    """The texts of the chunks before and after one, in the order of the document."""

    before: str
    after: str


class HitAnswer(TypedDict):
    """A chunk that was found; what is asked for is last.

    `part` is what was found of a longer passage, of which `content` is the whole.
    """

    id: str
    content: str
    document_id: str
    document_keyword: str
    document_name: str
    document_path: str
    duplicates: list[PlaceAnswer]
    dataset_id: str
    important_keywords: Sequence[str]
    questions: Sequence[str]
    image_id: str
    positions: list[list[int]]
    headings: Sequence[str]
    doc_type_kwd: str
    similarity: float
    vector_similarity: float
    term_similarity: float
    highlight: NotRequired[str]
    content_ltks: NotRequired[str]
    matched_terms: NotRequired[list[MatchedAnswer]]
    context: NotRequired[ContextAnswer]
    part: NotRequired[str]


class Nothing(TypedDict):
    """An object in the place of what there is none of."""


class ExplanationAnswer(TypedDict):
    """How similarities are summed up, and the first chunks under the threshold."""

    vector_weight: float
    term_weight: float
    threshold: float
    terms: Mapping[str, float]
    below: list[HitAnswer]


class QueryAnswer(TypedDict):
    """What a model made of the question; `remarks` tell what it failed to."""

    question: str
    keywords: Sequence[str]
    translations: Sequence[str]
    remarks: Sequence[str]


class FoundAnswer(TypedDict):
    """A page of chunks, best first; `total` counts those of all pages.

    `total_is_exact` is only there where it is false: there are more than `total` then.
    """

    total: int
    total_is_exact: NotRequired[bool]
    chunks: list[HitAnswer]
    doc_aggs: list[CountAnswer] | Nothing
    explanation: NotRequired[ExplanationAnswer]
    query: NotRequired[QueryAnswer]


def present_found(found: Found) -> FoundAnswer:
    """Return what a search found, with what else was asked for of each chunk."""
    result = found.result
    chunks = [present_hit(hit) for hit in result.hits]
    for chunk, highlight in zip(chunks, found.highlights or (), strict=False):
        chunk["highlight"] = highlight
    for chunk, tokens in zip(chunks, found.tokens or (), strict=False):
        chunk["content_ltks"] = tokens
    if found.has_context:
        for chunk, hit in zip(chunks, result.hits, strict=True):
            chunk["context"] = {"before": hit.before, "after": hit.after}
    counts = document_counts(result.documents)
    answer: FoundAnswer = {
        "total": result.total,
        "chunks": chunks,
        "doc_aggs": counts or Nothing(),
    }
    if not result.total_is_exact:
        answer["total_is_exact"] = False
    if found.refined:
        answer["query"] = present_query(found.refined)
    if found.explanation:
        told = found.explanation
        add_matches(chunks, told.matched)
        answer["explanation"] = present_explanation(told)
    return answer


def present_query(refined: Refined) -> QueryAnswer:
    """Return what a model made of a question."""
    return {
        "question": refined.question,
        "keywords": refined.keywords,
        "translations": refined.translations,
        "remarks": refined.remarks,
    }


def present_explanation(told: Explanation) -> ExplanationAnswer:
    """Return why chunks were found."""
    below = [present_hit(hit) for hit in told.below]
    add_matches(below, told.below_matched)
    return {
        "vector_weight": told.vector_weight,
        "term_weight": 1 - told.vector_weight,
        "threshold": told.threshold,
        "terms": told.terms,
        "below": below,
    }


def add_matches(chunks: list[HitAnswer], matched: Sequence[Sequence[Matched]]) -> None:
    """Add to chunks the terms of the question that they hold."""
    for chunk, terms in zip(chunks, matched, strict=True):
        chunk["matched_terms"] = [
            {"term": one.term, "count": one.times, "weight": one.weight} for one in terms
        ]


def present_duplicates(duplicates: Iterable[Duplicate]) -> list[PlaceAnswer]:
    """Return where else the words of a passage stand."""
    return [
        {
            "id": other.chunk_id,
            "document_id": other.document_id,
            "document_name": other.document_name,
            "document_path": other.document_path,
            "dataset_id": other.dataset_id,
        }
        for other in duplicates
    ]


def present_hit(hit: Hit) -> HitAnswer:
    """Return a chunk as a search shows it."""
    chunk = hit.chunk
    answer: HitAnswer = {
        "id": chunk.id,
        "content": chunk.content,
        "document_id": chunk.document_id,
        "document_keyword": hit.document_name,
        "document_name": hit.document_name,
        "document_path": hit.document_path,
        "duplicates": present_duplicates(hit.duplicates) if hit.duplicates else [],
        "dataset_id": chunk.dataset_id,
        "important_keywords": chunk.important_keywords,
        "questions": chunk.questions,
        "image_id": chunk.image_id,
        "positions": [position.as_list() for position in chunk.positions],
        "headings": chunk.headings,
        "doc_type_kwd": "",
        "similarity": hit.similarity,
        "vector_similarity": hit.vector_similarity,
        "term_similarity": hit.term_similarity,
    }
    if hit.part:
        answer["part"] = hit.part
    return answer
