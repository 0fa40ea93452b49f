"""Reranking on the wire: texts and a question in, relevances out, best first."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired, Self

from pydantic import Field, field_validator, model_validator
from typing_extensions import TypedDict

from api.errors import ArgumentError
from api.schemas.base import NullFreeRequest
from api.services.models.reranking import Ranked, Ranking

MOST_DOCUMENTS = 2048
MOST_QUESTION = 16_384

Document = str | Annotated[dict[str, Any], Field(max_length=100)]
Documents = Annotated[list[Document], Field(max_length=MOST_DOCUMENTS, fail_fast=True)]

NOT_BUILT = ("max_chunks_per_doc", "max_tokens_per_doc", "instruction")
"""What only some models can do."""


class RerankRequest(NullFreeRequest):
    """What to rank by which model, the configured one if none is named.

    Cohere's and Jina's clients send `documents`, TEI's `texts`; a document that is an object counts
    by the values of its `rank_fields`. Voyage's say `top_k` for `top_n`, and always `truncation`.
    How much of a long text counts is the model's own matter, so neither this nor `truncate` makes a
    difference. Other keys are ignored; a null counts as not given.
    """

    model: str = Field("", max_length=255)
    query: str = Field(min_length=1, max_length=MOST_QUESTION)
    documents: Documents = Field(default=[])
    texts: Documents = Field(default=[])
    top_n: int | None = Field(None, ge=1)
    top_k: int | None = Field(None, ge=1)
    truncation: bool | None = None
    rank_fields: list[str] = Field(["text"], min_length=1, max_length=100)
    return_documents: bool = False
    return_text: bool = False
    raw_scores: Literal[False] = False
    truncate: bool = True
    truncation_direction: Literal["Right", "right"] = "Right"

    @model_validator(mode="before")
    @classmethod
    def nothing_is_dropped(cls, values: Any) -> Any:
        """Refuse by name what would change the ranking and cannot be done."""
        for key in NOT_BUILT:
            if isinstance(values, dict) and values.get(key) is not None:
                raise ArgumentError(f"{key}: this is the model's own matter here: leave it out.")
        return values

    @field_validator("query")
    @classmethod
    def something_is_asked(cls, query: str) -> str:
        """Refuse a blank question."""
        if not query.strip():
            raise ValueError("it must not be blank")
        return query

    @model_validator(mode="after")
    def something_is_there(self) -> Self:
        """Refuse a request without documents, or with both kinds of them."""
        if not (self.documents or self.texts):
            raise ArgumentError("documents: it must hold at least one text.")
        if self.documents and self.texts:
            raise ArgumentError("texts: send either `documents` or `texts`.")
        if self.top_n and self.top_k:
            raise ArgumentError("top_k: send either `top_n` or `top_k`.")
        return self

    @property
    def is_of_voyage(self) -> bool:
        """Return whether it was sent by a client of Voyage's."""
        return self.truncation is not None or self.top_k is not None

    @property
    def most(self) -> int | None:
        """Return how many rows are wanted; None for all."""
        return self.top_n or self.top_k

    def contents(self) -> list[str]:
        """Return the texts to rank; raises ArgumentError for a document that has none."""
        name = "texts" if self.texts else "documents"
        return [
            self.content_of(document, f"{name}[{place}]")
            for place, document in enumerate(self.texts or self.documents)
        ]

    def shown(self, contents: Sequence[str]) -> list[Mapping[str, object]]:
        """Return the documents as objects, of which these are the texts."""
        return [
            {"text": text, **(document if isinstance(document, dict) else {})}
            for document, text in zip(self.documents, contents, strict=True)
        ]

    def content_of(self, document: Document, name: str) -> str:
        """Return the text of a document."""
        if isinstance(document, str):
            return document
        values = [document[field] for field in self.rank_fields if field in document]
        if not values or not all(isinstance(value, str) for value in values):
            wanted = ", ".join(self.rank_fields)
            raise ArgumentError(f"{name}: it must be a text, or have texts as {wanted}.")
        return "\n".join(values)


class RankedAnswer(TypedDict):
    """Which of the documents it is, counted from 0; `relevance_score` in [0, 1].

    A document has a `text`, and all that the client has sent of it.
    """

    index: int
    relevance_score: float
    document: NotRequired[Mapping[str, object]]


class UsageAnswer(TypedDict):
    """Tokens of the texts, with the question for each of them."""

    prompt_tokens: int
    total_tokens: int


class BilledAnswer(TypedDict):
    """What Cohere counts: one search."""

    search_units: int


class MetaAnswer(TypedDict):
    """What Cohere's clients read beside the results."""

    api_version: dict[str, str]
    billed_units: BilledAnswer


class VoyageRow(TypedDict):
    """Which of the documents it is, counted from 0, with its relevance in [0, 1]."""

    index: int
    relevance_score: float
    document: NotRequired[str]


class RankingAnswer(TypedDict):
    """The ranking, best first, in the forms of Cohere and of Jina at once.

    It is in that of Voyage, too, as some of its clients say nothing by which they are known.
    """

    id: str
    object: Literal["list"]
    model: str
    results: list[RankedAnswer]
    data: list[VoyageRow]
    meta: MetaAnswer
    usage: UsageAnswer


class ScoreAnswer(TypedDict):
    """Which of the texts it is, counted from 0, with its relevance in [0, 1], in TEI's form."""

    index: int
    score: float
    text: NotRequired[str]


class VoyageAnswer(TypedDict):
    """The ranking, best first, in Voyage's form."""

    object: Literal["list"]
    data: list[VoyageRow]
    model: str
    usage: UsageAnswer


class RefusalAnswer(TypedDict):
    """An error: Cohere's clients read `message`, Jina's `detail`, and others show all of it."""

    code: int
    message: str
    detail: str


def present_refusal(code: int, message: str) -> RefusalAnswer:
    """Return an error, under each of the names by which it is read."""
    return {"code": code, "message": message, "detail": message}


def present_ranking(ranking: Ranking, shown: Sequence[Mapping[str, object]]) -> RankingAnswer:
    """Return a ranking as most clients read it, with the documents if these are to be shown."""
    return {
        "id": str(uuid.uuid4()),
        "object": "list",
        "model": ranking.model,
        "results": [present_row(row, shown) for row in ranking.rows],
        "data": [present_voyage_row(row, ()) for row in ranking.rows],
        "meta": {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}},
        "usage": {"prompt_tokens": ranking.tokens, "total_tokens": ranking.tokens},
    }


def present_row(row: Ranked, shown: Sequence[Mapping[str, object]]) -> RankedAnswer:
    """Return a document of a ranking."""
    told: RankedAnswer = {"index": row.place, "relevance_score": row.relevance}
    if shown:
        told["document"] = shown[row.place]
    return told


def present_voyage(ranking: Ranking, shown: Sequence[str]) -> VoyageAnswer:
    """Return a ranking in Voyage's form, with the documents' texts if these are to be shown."""
    return {
        "object": "list",
        "data": [present_voyage_row(row, shown) for row in ranking.rows],
        "model": ranking.model,
        "usage": {"prompt_tokens": ranking.tokens, "total_tokens": ranking.tokens},
    }


def present_voyage_row(row: Ranked, shown: Sequence[str]) -> VoyageRow:
    """Return a document of a ranking."""
    told: VoyageRow = {"index": row.place, "relevance_score": row.relevance}
    if shown:
        told["document"] = shown[row.place]
    return told


def present_scores(ranking: Ranking, shown: Sequence[str]) -> list[ScoreAnswer]:
    """Return a ranking in TEI's form, with the texts if these are to be shown."""
    return [present_score(row, shown) for row in ranking.rows]


def present_score(row: Ranked, shown: Sequence[str]) -> ScoreAnswer:
    """Return a text of a ranking."""
    told: ScoreAnswer = {"index": row.place, "score": row.relevance}
    if shown:
        told["text"] = shown[row.place]
    return told
