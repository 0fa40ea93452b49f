"""Memories, as the service takes and returns them."""

from typing import NamedTuple


class Memory(NamedTuple):
    """What a person wants remembered; times in ms. `kind` and `path` are as the client has them."""

    id: str
    user_id: str
    kind: str
    path: str
    content: str
    create_time: int
    update_time: int


class MemoryHit(NamedTuple):
    """A memory, and how much it means what was asked for: from 0 to 1."""

    memory: Memory
    similarity: float
