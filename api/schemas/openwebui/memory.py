"""Memories as Open WebUI's clients have them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.schemas.base import NullFreeRequest, StorableText
from api.schemas.openwebui.conversation import dashed
from api.services.webui.memory_records import Memory, MemoryHit

LONGEST = 10_000
MOST_HITS = 100

Content = Annotated[StorableText, Field(min_length=1, max_length=LONGEST)]


class MemoryRequest(NullFreeRequest):
    """What is to be remembered."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"content": "I keep a lighthouse."}]})

    content: Content
    type: StorableText = Field("context", min_length=1, max_length=32)
    path: StorableText = Field("", max_length=255)


class MemoryChangeRequest(NullFreeRequest):
    """What a memory says from now on."""

    content: StorableText = Field("", max_length=LONGEST)


class MemoryQuestion(NullFreeRequest):
    """What memories are to be like, and how many are wanted."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"content": "Where do I work?"}]})

    content: Content
    k: int = Field(1, ge=1, le=MOST_HITS)


class MemorySearch(NullFreeRequest):
    """A text that memories are to have in them."""

    query: StorableText = Field("", max_length=255)


class MemoryAnswer(TypedDict):
    """A memory; times in seconds since 1970."""

    id: str
    user_id: str
    type: str
    path: str | None
    content: str
    meta: None
    updated_at: int
    created_at: int


class MemoryHitsAnswer(TypedDict):
    """Memories that are like a text, best first; a list in a list, as of one question of several.

    A distance is a similarity, from 0 to 1: more is nearer.
    """

    ids: list[list[str]]
    documents: list[list[str]]
    metadatas: list[list[Mapping[str, Any]]]
    distances: list[list[float]]


def present_memory(memory: Memory) -> MemoryAnswer:
    """Return a memory."""
    return {
        "id": dashed(memory.id),
        "user_id": memory.user_id,
        "type": memory.kind,
        "path": memory.path or None,
        "content": memory.content,
        "meta": None,
        "updated_at": memory.update_time // 1000,
        "created_at": memory.create_time // 1000,
    }


def present_memories(memories: Sequence[Memory]) -> list[MemoryAnswer]:
    """Return memories."""
    return [present_memory(one) for one in memories]


def present_memory_hits(hits: Sequence[MemoryHit]) -> MemoryHitsAnswer:
    """Return memories that are like a text."""
    return {
        "ids": [[dashed(hit.memory.id) for hit in hits]],
        "documents": [[hit.memory.content for hit in hits]],
        "metadatas": [[{"created_at": hit.memory.create_time // 1000} for hit in hits]],
        "distances": [[round(hit.similarity, 4) for hit in hits]],
    }
