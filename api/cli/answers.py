"""What the REST API answers, as far as the command line reads it."""

from typing import NotRequired, TypedDict


class Dataset(TypedDict):
    """A dataset."""

    id: str
    name: str
    document_count: int
    chunk_count: int
    chunk_method: str


class Parsed(TypedDict):
    """How far the parsing of a document is; `progress` between 0 and 1, -1 after a failure."""

    name: str
    progress: float
    progress_msg: str


class Document(Parsed):
    """A document; `run` is a `RunState`."""

    id: str
    run: str
    size: int
    chunk_count: int
    content_hash: str
    meta_fields: dict[str, object]


class Task(TypedDict):
    """A task: the parsing of a document or a part of it; `wait` says what it waits for."""

    document_name: str
    state: str
    wait: dict[str, object] | None
    error: str
    progress_msg: str


class Chunk(TypedDict, total=False):
    """A passage; `positions` begin with the number of the page."""

    content: str
    similarity: float
    document_keyword: str
    document_name: str
    document_path: str
    positions: list[list[int]]
    duplicates: list["Chunk"]


class Found(TypedDict):
    """What a search finds."""

    chunks: list[Chunk]


class Reference(TypedDict, total=False):
    """The passages that the markers `[ID:i]` of an answer point at."""

    chunks: list[Chunk]


class Answer(TypedDict, total=False):
    """The whole answer so far."""

    answer: str
    reference: Reference | None


class Envelope(TypedDict):
    """What all answers but files and streams come in."""

    code: int
    message: NotRequired[str]
    data: NotRequired[object]
