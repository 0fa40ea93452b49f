"""What is told of documents in the bin."""

from typing import NamedTuple

from typing_extensions import TypedDict

from api.services.tally import Tally


class Discarded(NamedTuple):
    """What came of putting documents into the bin: under which id, until when in ms since 1970."""

    deletion: str
    until: int
    tally: Tally


class BinnedRow(NamedTuple):
    """A document in the bin: its row as JSON, and the note by which it is removed for good."""

    id: str
    cleanup_id: str
    document: str


class Deletion(NamedTuple):
    """Documents that were deleted together, and can be taken back until a time in ms since 1970."""

    deletion: str
    until: int
    many: int


class KeptDocument(TypedDict):
    """The row of a document as the bin keeps it: these columns and all others; JSON as texts."""

    id: str
    dataset_id: str
    name: str
    name_key: str
    storage_key: str
    file_id: str
    size: int
    chunk_count: int
    token_count: int
    meta_fields: str
    run: str
    progress: float
