"""Changes of documents on the wire."""

from collections.abc import Mapping

from pydantic import Field
from typing_extensions import TypedDict

from api.schemas.base import Request
from api.services.library.change_records import Changes
from api.services.library.records import (
    DocumentRecord,
)


class ChangesQuery(Request):
    """Since when changes are asked for; without a cursor they are from now on."""

    since: str = Field("", pattern="^[0-9]{0,18}$")

    def number(self) -> int | None:
        """Return the number of the change that was seen last; None for none."""
        return int(self.since) if self.since else None


class ChangedAnswer(TypedDict):
    """A document that was added or has changed; `message` is the last line of its progress."""

    id: str
    name: str
    run: str
    progress: float
    message: str
    process_duration: float
    chunk_count: int
    token_count: int
    status: str
    update_time: int


class ChangesAnswer(TypedDict):
    """What has changed.

    `cursor` is the `since` of the next request. `counts` of the documents in each state are null
    where nothing has changed. With `more` the next request may follow at once; with `reset` the
    documents are to be listed anew.
    """

    cursor: str
    documents: list[ChangedAnswer]
    deleted: list[str]
    counts: Mapping[str, int] | None
    more: bool
    reset: bool


def present_changes(found: Changes) -> ChangesAnswer:
    """Return what has changed as it goes out."""
    return {
        "cursor": str(found.seq),
        "documents": [present_changed(document) for document in found.documents],
        "deleted": found.gone,
        "counts": found.counts,
        "more": found.is_more,
        "reset": found.is_anew,
    }


def present_changed(document: DocumentRecord) -> ChangedAnswer:
    """Return what may have changed of a document."""
    return {
        "id": document.id,
        "name": document.name,
        "run": document.run,
        "progress": document.progress,
        "message": document.progress_msg.rstrip().rpartition("\n")[2],
        "process_duration": document.process_duration,
        "chunk_count": document.chunk_count,
        "token_count": document.token_count,
        "status": str(int(document.enabled)),
        "update_time": document.update_time,
    }
