"""What later clients do to several documents at once: parse them, and hide them from searches."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from api.schemas.base import Ids, LenientFlag, Request, UnbuiltFlag
from api.services.library.records import DocumentRecord

START = "1"


def digit(value: Any) -> Any:
    """Return a number as its text."""
    return str(value) if type(value) is int else value


class IngestRequest(Request):
    """Which documents to parse (`run` 1), or to parse no more (2).

    `delete` deletes all their chunks first. Documents keep their own settings: `apply_kb`, which
    gives them those of their dataset, is taken where it means "off".
    """

    doc_ids: Annotated[Ids, Field(min_length=1)]
    run: Annotated[Literal["1", "2"], BeforeValidator(digit)]
    delete: LenientFlag = False
    apply_kb: UnbuiltFlag = False


class StatusRequest(Request):
    """Whether searches are to find documents (`status` 1), or not (0)."""

    doc_ids: Annotated[Ids, Field(min_length=1)]
    status: Annotated[Literal["0", "1"], BeforeValidator(digit)]


class StatusOfDocument(TypedDict):
    """Whether searches find a document."""

    status: str


def present_statuses(documents: Sequence[DocumentRecord]) -> dict[str, StatusOfDocument]:
    """Return which documents searches find, by id."""
    return {document.id: {"status": "1" if document.enabled else "0"} for document in documents}
