"""Questions to datasets and what is told of the documents found, the same at all doors."""

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from api.schemas.base import StorableText
from api.services.search.values import Steps
from rag.engines.base import DocumentCount

MAX_QUESTION = 16_384
"""Characters; a page of a book has 3,000. Words beyond the first 256 count in the vector alone."""

Number = Annotated[float, Field(allow_inf_nan=False)]
Weight = Annotated[Number, AfterValidator(lambda value: min(max(value, 0.0), 1.0))]
"""A number that is clamped to [0, 1]."""

_ONE_LINE = r"^[^\r\n]*\S[^\r\n]*$"
Language = Annotated[StorableText, Field(min_length=1, max_length=64, pattern=_ONE_LINE)]
Languages = Annotated[list[Language], Field(max_length=10, fail_fast=True)]
"""Names of languages, as people or models know them."""


def steps_of(languages: Sequence[str], *, keyword: bool) -> Steps:
    """Return what the usual chat model is to do with a question first."""
    return Steps(keyword=keyword, languages=tuple(dict.fromkeys(languages)))


class CountAnswer(TypedDict):
    """How many of the surviving chunks a document has."""

    doc_name: str
    doc_id: str
    count: int


def document_counts(documents: Iterable[DocumentCount]) -> list[CountAnswer]:
    """Return how many of the surviving chunks each document has."""
    return [
        {
            "doc_name": document.document_name,
            "doc_id": document.document_id,
            "count": document.count,
        }
        for document in documents
    ]
