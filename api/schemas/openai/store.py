"""Vector stores on the wire: each is a dataset."""

from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from typing_extensions import TypedDict

from api.db.cursors import Part
from api.db.models.states import RunState
from api.errors import RuleError
from api.schemas.base import NullFreeRequest, StorableText
from api.schemas.openai.naming import BareId, ListHead, Metadata, list_head, seconds
from api.services.library.values import DATASET_NAME, DatasetChange, NewDataset, Options
from api.services.stores.records import RunCounts, StoreRecord
from api.services.stores.values import Attachment
from api.services.unset import UNSET

UNNAMED = "vector store"
MOST_FILES = 500
LEAST_TOKENS = 100
MOST_TOKENS = 2048
MOST_CHARACTERS = 8192

Name = Annotated[StorableText, Field(max_length=DATASET_NAME)]
FileIds = Annotated[list[BareId], Field(max_length=MOST_FILES, fail_fast=True)]


def short(metadata: dict[str, str]) -> dict[str, str]:
    """Return metadata; raises RuleError where they take more room than they have."""
    if len(orjson.dumps(metadata).decode()) > MOST_CHARACTERS:
        raise RuleError(f"metadata: at most {MOST_CHARACTERS:,} characters of JSON.")
    return metadata


KeptMetadata = Annotated[Metadata, AfterValidator(short)]


def never(value: Any) -> Any:
    """Refuse to let something end by itself."""
    if value is not None:
        raise RuleError("expires_after: vector stores stay until they are deleted.")
    return value


Never = Annotated[None, BeforeValidator(never)]


class StaticChunks(NullFreeRequest):
    """How long chunks get, and how much of one the next repeats, in tokens."""

    max_chunk_size_tokens: int = Field(ge=LEAST_TOKENS, le=MOST_TOKENS)
    chunk_overlap_tokens: int = Field(0, ge=0)


class ChunkingStrategy(NullFreeRequest):
    """How files are cut: `auto` is as the server does it."""

    type: Literal["auto", "static"]
    static: StaticChunks | None = None

    @model_validator(mode="after")
    def fits(self) -> "ChunkingStrategy":
        """Refuse a strategy without its numbers, and chunks that repeat too much."""
        if self.type == "auto":
            return self
        if self.static is None:
            raise RuleError("chunking_strategy.static: it must say how long chunks get.")
        if 2 * self.static.chunk_overlap_tokens > self.static.max_chunk_size_tokens:
            raise RuleError(
                "chunking_strategy.static.chunk_overlap_tokens: at most half of"
                " max_chunk_size_tokens."
            )
        return self

    def options(self) -> Options | None:
        """Return the options of parsing; None for the server's own."""
        if self.static is None or self.type == "auto":
            return None
        size, overlap = self.static.max_chunk_size_tokens, self.static.chunk_overlap_tokens
        return {"chunk_token_num": size, "overlapped_percent": round(100 * overlap / size)}


def filled(name: str) -> str:
    """Return a name without space around it; raises RuleError where nothing is left."""
    if not name.strip():
        raise RuleError("name: it must not be blank.")
    return name.strip()


class StoreRequest(NullFreeRequest):
    """A vector store to make, with the files that it is to hold."""

    name: Name = ""
    description: Annotated[StorableText, Field(max_length=65_535)] = ""
    file_ids: FileIds = Field(default=[])
    metadata: KeptMetadata = Field(default={})
    chunking_strategy: ChunkingStrategy | None = None
    expires_after: Never = None

    def wanted(self) -> NewDataset:
        """Return the dataset to make."""
        strategy = self.chunking_strategy
        return NewDataset(
            name=self.name.strip() or UNNAMED,
            description=self.description,
            options=strategy.options() if strategy else None,
            attributes=self.metadata,
        )

    def attachments(self) -> list[Attachment]:
        """Return the files to put into it."""
        return [Attachment(file_id) for file_id in dict.fromkeys(self.file_ids)]


class StoreChange(NullFreeRequest):
    """What to change of a vector store."""

    name: Annotated[Name, AfterValidator(filled)] | None = None
    metadata: KeptMetadata | None = None
    expires_after: Never = None

    def change(self) -> DatasetChange:
        """Return what to change of the dataset."""
        return DatasetChange(
            name=UNSET if self.name is None else self.name,
            attributes=UNSET if self.metadata is None else self.metadata,
        )


class FileCounts(TypedDict):
    """How many files are in which state."""

    in_progress: int
    completed: int
    failed: int
    cancelled: int
    total: int


class StoreAnswer(TypedDict):
    """A vector store; times in seconds."""

    id: str
    object: str
    created_at: int
    name: str
    description: str
    usage_bytes: int
    file_counts: FileCounts
    status: str
    expires_after: None
    expires_at: None
    last_active_at: int
    metadata: dict[str, str]


class StoresAnswer(ListHead):
    """A part of the vector stores."""

    data: list[StoreAnswer]


def store_id(dataset_id: str) -> str:
    """Return the id of a dataset in OpenAI's form."""
    return f"vs_{dataset_id}"


def present_counts(counts: RunCounts) -> FileCounts:
    """Return how many files are in which state; one that nobody has parsed yet is in progress."""
    return {
        "in_progress": counts.of(RunState.UNSTART, RunState.RUNNING),
        "completed": counts.of(RunState.DONE),
        "failed": counts.of(RunState.FAIL),
        "cancelled": counts.of(RunState.CANCEL),
        "total": counts.total,
    }


def present_store(store: StoreRecord) -> StoreAnswer:
    """Return a vector store as it goes out."""
    dataset, counts = store.dataset, present_counts(store.counts)
    return {
        "id": store_id(dataset.id),
        "object": "vector_store",
        "created_at": seconds(dataset.create_time),
        "name": dataset.name,
        "description": dataset.description,
        "usage_bytes": dataset.size,
        "file_counts": counts,
        "status": "in_progress" if counts["in_progress"] else "completed",
        "expires_after": None,
        "expires_at": None,
        "last_active_at": seconds(dataset.update_time),
        "metadata": orjson.loads(dataset.attributes),
    }


def present_stores(part: Part[StoreRecord]) -> StoresAnswer:
    """Return a part of the vector stores as it goes out."""
    data = [present_store(store) for store in part.items]
    head = list_head([store["id"] for store in data], has_more=part.has_more)
    return {**head, "data": data}
