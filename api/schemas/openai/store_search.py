"""Searches of vector stores on the wire."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import ConfigDict, Field, field_validator, model_validator
from typing_extensions import TypedDict

from api.errors import RuleError
from api.schemas.base import NullFreeRequest
from api.schemas.openai.file import openai_id
from api.schemas.openai.filter import Filter
from api.schemas.openai.store_file import TextPart
from api.services.search.records import Source
from api.services.search.values import Search

MOST_QUERIES = 16
MOST_RESULTS = 50

Query = Annotated[str, Field(max_length=65_535)]
Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class HybridSearch(NullFreeRequest):
    """How much the likeness of meaning and that of words count."""

    embedding_weight: Share
    text_weight: Share

    @model_validator(mode="after")
    def says_something(self) -> "HybridSearch":
        """Refuse a search in which nothing counts."""
        if not self.embedding_weight + self.text_weight:
            raise RuleError("hybrid_search: one of the weights must be more than 0.")
        return self


class RankingOptions(NullFreeRequest):
    """How passages are ranked: `ranker` may name a rerank model."""

    ranker: str = Field("auto", min_length=1, max_length=255)
    score_threshold: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    hybrid_search: HybridSearch | None = None

    @property
    def reranker(self) -> str:
        """Return the name of the rerank model; empty where none is to rank."""
        return "" if self.ranker in {"auto", "none"} else self.ranker

    def vector_weight(self) -> float | None:
        """Return the part of the meaning in the whole; None for the server's own."""
        weights = self.hybrid_search
        if weights is None:
            return None
        return weights.embedding_weight / (weights.embedding_weight + weights.text_weight)


class Ranked(NullFreeRequest):
    """What searches have in common."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    max_num_results: int = Field(10, ge=1, le=MOST_RESULTS)
    ranking_options: RankingOptions = RankingOptions()
    filters: Filter = None

    def search(self, question: str, dataset_ids: tuple[str, ...]) -> Search:
        """Return the search for the answer to a question."""
        return Search(
            question,
            dataset_ids,
            self.max_num_results,
            condition=self.filters,
            threshold=self.ranking_options.score_threshold,
            vector_weight=self.ranking_options.vector_weight(),
            reranker=self.ranking_options.reranker,
        )


class SearchRequest(Ranked):
    """One question or several to a vector store."""

    query: Query | Annotated[list[Query], Field(min_length=1, max_length=MOST_QUERIES)]
    rewrite_query: bool = False

    @field_validator("rewrite_query")
    @classmethod
    def as_asked(cls, value: object) -> object:
        """Refuse to have a question written anew."""
        if value:
            raise RuleError("rewrite_query: questions are searched for as they are.")
        return value

    def queries(self) -> list[str]:
        """Return the questions."""
        return [self.query] if isinstance(self.query, str) else self.query

    def searches(self, dataset_id: str) -> list[Search]:
        """Return a search for each question."""
        return [self.search(query, (dataset_id,)) for query in self.queries()]


class ResultAnswer(TypedDict):
    """A passage."""

    file_id: str
    filename: str
    score: float
    attributes: dict[str, object]
    content: list[TextPart]


class SearchAnswer(TypedDict):
    """The passages that fit, best first."""

    object: str
    search_query: list[str]
    data: list[ResultAnswer]
    has_more: bool
    next_page: None


def present_results(asked: SearchRequest, found: Sequence[Source]) -> SearchAnswer:
    """Return what was found as it goes out."""
    return {
        "object": "vector_store.search_results.page",
        "search_query": asked.queries(),
        "data": [present_result(source) for source in found],
        "has_more": False,
        "next_page": None,
    }


def present_result(source: Source) -> ResultAnswer:
    """Return a passage as it goes out."""
    return {
        "file_id": openai_id(source.file_id),
        "filename": source.name,
        "score": source.score,
        "attributes": dict(source.attributes),
        "content": [{"type": "text", "text": source.text}],
    }
