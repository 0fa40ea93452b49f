"""Runs of questions that are measured, on the wire."""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from api.errors import ArgumentError
from api.schemas.base import StorableText, StrictRequest
from api.schemas.sdk.question import Question
from api.services.search.evaluation_records import Asked, EvaluationRecord, Side, WholeEvaluation
from rag.retrieval.measures import Wanted

MOST_AT_ONCE = 50
"""Questions of a request, which take a fraction of a second for each ten."""

Text = Annotated[StorableText, Field(max_length=4096)]
Share = Annotated[float, Field(ge=0, le=1)]


class SideRequest(StrictRequest):
    """Settings of retrieval; what is not said goes by the server's."""

    similarity_threshold: Share | None = None
    vector_similarity_weight: Share | None = None
    top_k: Annotated[int, Field(ge=1, le=100_000)] | None = None
    rerank_id: Text = ""

    def side(self) -> Side:
        """Return the settings."""
        threshold, weight = self.similarity_threshold, self.vector_similarity_weight
        return Side(threshold, weight, self.top_k, self.rerank_id)


class EvaluationRequest(StrictRequest):
    """A run to begin, with one or two settings side by side."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "weights", "k": 10, "settings": [{}, {"top_k": 50}]}]
        }
    )

    name: Annotated[StorableText, Field(max_length=255)] = ""
    k: Annotated[int, Field(ge=1, le=100)] = 10
    settings: Annotated[list[SideRequest], Field(min_length=1, max_length=2)] = Field(
        default=[SideRequest()]
    )

    def sides(self) -> list[Side]:
        """Return the settings of each side."""
        return [one.side() for one in self.settings]


class WantedRequest(StrictRequest):
    """What a question should find: all that is said of it, in one passage."""

    chunk_id: Text = ""
    file: Text = ""
    page: Annotated[int, Field(ge=0, lt=2**31)] = 0
    text: Text = ""

    @model_validator(mode="after")
    def says_something(self) -> Self:
        """Refuse what every passage would be."""
        if not (self.chunk_id or self.file or self.text.strip()):
            raise ArgumentError("`expected`: say a `chunk_id`, a `file` or a `text`.")
        return self

    def wanted(self) -> Wanted:
        """Return what should be found."""
        return Wanted(self.chunk_id, self.file, self.page, self.text)


class AskedRequest(StrictRequest):
    """A question, and what it should find."""

    question: Question
    expected: Annotated[list[WantedRequest], Field(min_length=1, max_length=100)]


class QuestionsRequest(StrictRequest):
    """Questions to ask."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"questions": [{"question": "Who rows?", "expected": [{"file": "log.txt"}]}]}
            ]
        }
    )

    questions: Annotated[list[AskedRequest], Field(min_length=1, max_length=MOST_AT_ONCE)]

    def asked(self) -> list[Asked]:
        """Return the questions."""
        return [
            Asked(one.question, [wanted.wanted() for wanted in one.expected])
            for one in self.questions
        ]


class SideAnswer(TypedDict):
    """Settings, and the means of what they found, from 0 to 1."""

    similarity_threshold: float | None
    vector_similarity_weight: float | None
    top_k: int | None
    rerank_id: str
    recall: float
    ndcg: float


class FigureAnswer(TypedDict):
    """How well a question was answered with the settings of a side; `rank` 0 means not at all."""

    recall: float
    ndcg: float
    rank: int


class EvaluatedAnswer(TypedDict):
    """A question with its figures, of each side."""

    question: str
    figures: list[FigureAnswer]


class EvaluationAnswer(TypedDict):
    """A run with the means of its sides, over so many questions."""

    id: str
    name: str
    k: int
    create_time: int
    count: int
    settings: list[SideAnswer]


class WholeEvaluationAnswer(EvaluationAnswer):
    """A run with its questions, in their order."""

    questions: list[EvaluatedAnswer]


def present_evaluations(found: Sequence[EvaluationRecord]) -> list[EvaluationAnswer]:
    """Return runs as they go out."""
    return [present_evaluation(one) for one in found]


def present_evaluation(run: EvaluationRecord) -> EvaluationAnswer:
    """Return a run without its questions."""
    return {
        "id": run.id,
        "name": run.name,
        "k": run.k,
        "create_time": run.create_time,
        "count": run.asked,
        "settings": [present_side(run, number) for number in range(len(run.sides))],
    }


def present_whole(whole: WholeEvaluation) -> WholeEvaluationAnswer:
    """Return a run with its questions."""
    questions: list[EvaluatedAnswer] = [
        {
            "question": one.question,
            "figures": [
                {"recall": figure.recall, "ndcg": figure.ndcg, "rank": figure.rank}
                for figure in one.figures
            ],
        }
        for one in whole.questions
    ]
    return {**present_evaluation(whole.run), "questions": questions}


def present_side(run: EvaluationRecord, number: int) -> SideAnswer:
    """Return the settings of a side with its means."""
    side, (recall, ndcg) = run.sides[number], run.mean(number)
    return {
        "similarity_threshold": side.threshold,
        "vector_similarity_weight": side.vector_weight,
        "top_k": side.top_k,
        "rerank_id": side.reranker,
        "recall": round(recall, 4),
        "ndcg": round(ndcg, 4),
    }
