"""Asking for the pictures of documents, of which there are none."""

from collections.abc import Sequence

from pydantic import Field

from api.schemas.base import Ids, Request
from api.services.library.records import DocumentRecord


class ThumbnailQuery(Request):
    """Whose small pictures to show."""

    doc_ids: Ids = Field(min_length=1)


Thumbnails = dict[str, str]
"""A data URL by the id of a document; empty where it has no picture."""


def present_thumbnails(documents: Sequence[DocumentRecord]) -> Thumbnails:
    """Return the pictures of some documents; this server makes none."""
    return {document.id: "" for document in documents}
