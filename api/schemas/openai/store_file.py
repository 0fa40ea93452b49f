"""Files in vector stores on the wire, and batches of them: each is a document."""

from collections.abc import Sequence
from typing import Literal

import orjson
from pydantic import Field, model_validator
from typing_extensions import TypedDict

from api.db.models.states import RunState
from api.errors import RuleError
from api.schemas.base import NullFreeRequest, Request
from api.schemas.openai.file import openai_id
from api.schemas.openai.naming import Attributes, BareId, ListHead, ListQuery, list_head, seconds
from api.schemas.openai.store import (
    MOST_FILES,
    ChunkingStrategy,
    FileCounts,
    FileIds,
    present_counts,
    store_id,
)
from api.services.library.records import DocumentRecord
from api.services.stores.records import ShownBatch, StoreFiles
from api.services.stores.values import Attachment, FilesWanted
from api.services.unset import UNSET

STATES: dict[str, tuple[RunState, ...]] = {
    "in_progress": (RunState.UNSTART, RunState.RUNNING),
    "completed": (RunState.DONE,),
    "failed": (RunState.FAIL,),
    "cancelled": (RunState.CANCEL,),
}
STATUS = {run: status for status, runs in STATES.items() for run in runs}

Fields = dict[str, object]

Status = Literal["in_progress", "completed", "failed", "cancelled"]


class AttachRequest(NullFreeRequest):
    """A file to put into a vector store."""

    file_id: BareId
    attributes: Attributes | None = None
    chunking_strategy: ChunkingStrategy | None = None

    def attachment(self) -> Attachment:
        """Return the file with what is given of it."""
        options = self.chunking_strategy.options() if self.chunking_strategy else None
        return Attachment(
            self.file_id,
            UNSET if self.attributes is None else dict(self.attributes),
            UNSET if options is None else options,
        )


class BatchRequest(NullFreeRequest):
    """Files to put into a vector store together: by id, or each with what is given of it."""

    file_ids: FileIds = Field(default=[])
    files: list[AttachRequest] = Field(default=[], max_length=MOST_FILES)
    attributes: Attributes | None = None
    chunking_strategy: ChunkingStrategy | None = None

    @model_validator(mode="after")
    def says_which(self) -> "BatchRequest":
        """Refuse a batch of nothing, and one that names its files in both ways."""
        if bool(self.file_ids) is bool(self.files):
            raise RuleError("file_ids: give the files of the batch there, or in `files`.")
        if self.files and (self.attributes is not None or self.chunking_strategy is not None):
            raise RuleError("files: each says its own attributes and chunking_strategy.")
        return self

    def attachments(self) -> list[Attachment]:
        """Return the files, each once."""
        shared = {"attributes": self.attributes, "chunking_strategy": self.chunking_strategy}
        every = self.files or [
            AttachRequest.model_validate({"file_id": given, **shared}) for given in self.file_ids
        ]
        return list({item.file_id: item.attachment() for item in every}.values())


class AttributesRequest(Request):
    """Other attributes for a file."""

    attributes: Attributes | None


class StoreFilesQuery(ListQuery):
    """Which files of a vector store, or of a batch, to list."""

    filter: Status | None = None

    def wanted(self, batch_id: str = "") -> FilesWanted:
        """Return which files are asked for."""
        return FilesWanted(STATES[self.filter] if self.filter else (), batch_id)


class LastError(TypedDict):
    """Why a file could not be read."""

    code: str
    message: str


class StoreFileAnswer(TypedDict):
    """A file in a vector store; `created_at` in seconds."""

    id: str
    object: str
    created_at: int
    vector_store_id: str
    usage_bytes: int
    status: str
    last_error: LastError | None
    attributes: Fields
    chunking_strategy: Fields


class StoreFilesAnswer(ListHead):
    """A part of the files of a vector store."""

    data: list[StoreFileAnswer]


class BatchAnswer(TypedDict):
    """A batch; `created_at` in seconds."""

    id: str
    object: str
    created_at: int
    vector_store_id: str
    status: str
    file_counts: FileCounts


class TextPart(TypedDict):
    """A text; the type is always `text`."""

    type: str
    text: str


class ContentAnswer(TypedDict):
    """The text of a file as it was cut."""

    object: str
    file_id: str
    filename: str
    attributes: Fields
    data: list[TextPart]
    has_more: bool
    next_page: None


def own_id(document: DocumentRecord) -> str:
    """Return the id of the file that a document was made of, or its own."""
    return openai_id(document.file_id or document.id)


def present_store_file(document: DocumentRecord) -> StoreFileAnswer:
    """Return a file in a vector store as it goes out."""
    return {
        "id": own_id(document),
        "object": "vector_store.file",
        "created_at": seconds(document.create_time),
        "vector_store_id": store_id(document.dataset_id),
        "usage_bytes": document.size,
        "status": STATUS[RunState(document.run)],
        "last_error": present_error(document),
        "attributes": orjson.loads(document.meta_fields),
        "chunking_strategy": present_strategy(document.parser_config),
    }


def present_error(document: DocumentRecord) -> LastError | None:
    """Return why a file could not be read, which the last line of its progress tells."""
    if document.run != RunState.FAIL:
        return None
    lines = document.progress_msg.strip().splitlines() or ["The file could not be read."]
    return {"code": "server_error", "message": lines[-1]}


def present_strategy(parser_config: str) -> Fields:
    """Return how a file is cut."""
    options = orjson.loads(parser_config)
    size = options.get("chunk_token_num")
    if not isinstance(size, int):
        return {"type": "other"}
    overlap = size * options.get("overlapped_percent", 0) // 100
    static = {"max_chunk_size_tokens": size, "chunk_overlap_tokens": overlap}
    return {"type": "static", "static": static}


def present_store_files(part: StoreFiles) -> StoreFilesAnswer:
    """Return a part of the files of a vector store as it goes out."""
    data = [present_store_file(document) for document in part.items]
    head = list_head([file["id"] for file in data], has_more=part.has_more)
    return {**head, "data": data}


def present_batch(shown: ShownBatch) -> BatchAnswer:
    """Return a batch as it goes out."""
    counts = present_counts(shown.counts)
    status = next((name for name in ("in_progress", "cancelled") if counts[name]), "completed")
    return {
        "id": f"vsfb_{shown.batch.id}",
        "object": "vector_store.files_batch",
        "created_at": seconds(shown.batch.create_time),
        "vector_store_id": store_id(shown.batch.dataset_id),
        "status": status,
        "file_counts": counts,
    }


def present_content(document: DocumentRecord, texts: Sequence[str]) -> ContentAnswer:
    """Return the text of a file as it goes out."""
    return {
        "object": "vector_store.file_content.page",
        "file_id": own_id(document),
        "filename": document.name,
        "attributes": orjson.loads(document.meta_fields),
        "data": [{"type": "text", "text": text} for text in texts],
        "has_more": False,
        "next_page": None,
    }
