"""Kept questions on the wire."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from typing_extensions import TypedDict

from api.schemas.base import NullFreeRequest, without_nul
from api.services.library.question_records import QuestionRecord

MOST_EXPECTED = 100
MOST_IDS = 10_000


Id = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(without_nul)]
Question = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=4096),
    AfterValidator(without_nul),
]


class QuestionRequest(NullFreeRequest):
    """A question to keep, and the chunks that it should find."""

    question: Question
    chunk_ids: Annotated[list[Id], Field(default_factory=list, max_length=MOST_EXPECTED)]


class QuestionIds(NullFreeRequest):
    """Which questions to delete."""

    ids: Annotated[list[str], Field(min_length=1, max_length=MOST_IDS)]


class QuestionAnswer(TypedDict):
    """A kept question, and the chunks that it should find."""

    id: str
    question: str
    chunk_ids: Sequence[str]
    update_time: int


class QuestionsDeleted(TypedDict):
    """How many questions were deleted."""

    deleted: int


def present_questions(found: Sequence[QuestionRecord]) -> list[QuestionAnswer]:
    """Return questions as they go out."""
    return [
        {
            "id": one.id,
            "question": one.question,
            "chunk_ids": one.expected,
            "update_time": one.update_time,
        }
        for one in found
    ]


def present_deleted(count: int) -> QuestionsDeleted:
    """Return how many questions were deleted."""
    return {"deleted": count}
