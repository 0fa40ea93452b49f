"""Starting and stopping the parsing of documents, whatever dataset they are in."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from api.schemas.base import Ids, LenientFlag, Request, UnbuiltFlag

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
