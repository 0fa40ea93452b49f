"""Questions to datasets and what is told of the documents found, the same at all doors."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from rag.engines.base import DocumentCount

MAX_QUESTION = 16_384
"""Characters; a page of a book has 3,000. Words beyond the first 256 count in the vector alone."""

Number = Annotated[float, Field(allow_inf_nan=False)]
Weight = Annotated[Number, AfterValidator(lambda value: min(max(value, 0.0), 1.0))]
"""A number that is clamped to [0, 1]."""


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
