"""Value objects that the parts of the engine hand to each other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
"""Shape (dimensions,), unit length unless said otherwise."""

Matrix = NDArray[np.float32]
"""Shape (rows, dimensions); each row is a `Vector`."""

MetaValue = str | int | float | bool | Sequence[str | int | float]
"""A value of a document's metadata."""

T = TypeVar("T")


class Offload(Protocol):
    """Runs a short native call away from the caller's event loop and waits for its result."""

    def __call__(self, function: Callable[..., T], /, *args: object) -> T:
        """Return what `function(*args)` returns, or raise what it raises."""
        ...


def run_inline(function: Callable[..., T], /, *args: object) -> T:
    """Run `function(*args)` right here: the `Offload` of a process without an event loop."""
    return function(*args)


@dataclass(frozen=True, slots=True)
class Position:
    """A box on a page, in points (1/72 inch) from the top left corner; pages count from 1."""

    page: int
    left: int
    right: int
    top: int
    bottom: int

    def as_list(self) -> list[int]:
        """Return the wire form: `[page, left, right, top, bottom]`."""
        return [self.page, self.left, self.right, self.top, self.bottom]


class BlockKind(StrEnum):
    """What a block of a document is."""

    TEXT = "text"
    HEADING = "heading"
    ROW = "row"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, table row or run of code, in reading order.

    For `ROW`, `cells` holds the row's texts, `header` the column names (empty if unknown) and
    `text` a readable rendering (`name: value; name: value`); `table` names the sheet or table.
    For `HEADING`, `level` counts from 1 (the topmost); 0 is the title of the whole document.
    `in_picture` says that OCR has read it in a picture that stands in the document.
    """

    text: str
    kind: BlockKind = BlockKind.TEXT
    positions: tuple[Position, ...] = ()
    level: int = 0
    cells: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    table: str = ""
    in_picture: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A unit of parsing progress: a page, slide, sheet slice or section with its blocks.

    `number` counts from 1; `total` is the number of units, or 0 while it is not known. `note`
    carries a remark for the user (for example that the page holds no text but an image).
    """

    number: int
    total: int
    blocks: tuple[Block, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A piece of a document as a chunker cuts it: content, where it stands, its questions.

    `headings` are those that its beginning stands under, from the topmost; see
    `rag.chunking.headings`. `child` is 0 for a chunk that stands alone, else its place among the
    parts of its parent, from 1. `keywords` are words that it is found by beside its content.
    """

    content: str
    positions: tuple[Position, ...] = ()
    questions: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    child: int = 0
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk as stored and searched.

    `ordinal` orders the chunks of a document; `created_at` is in milliseconds since the epoch.
    `headings` are as in `ChunkDraft`; chunks are found by them, too. `parent` is the same for all
    parts of a longer passage, one more than the ordinal of the first; 0 for what stands alone.
    """

    id: str
    document_id: str
    dataset_id: str
    content: str
    ordinal: int = 0
    important_keywords: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    positions: tuple[Position, ...] = ()
    image_id: str = ""
    available: bool = True
    created_at: int = 0
    headings: tuple[str, ...] = ()
    parent: int = 0


PATH = "path"
"""The metadata that tell where the file of a document stood, with its name."""


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What a chunk store must know of a document to filter by it and to show it.

    `language` is one of `rag.tokenizing.languages.LANGUAGES`, or empty where each chunk shows its
    own. `name_weight`, from 0 to 1, is the part that the name has in the vectors of chunks. Both
    hold from the next chunks on.
    """

    id: str
    dataset_id: str
    name: str
    metadata: Mapping[str, MetaValue] = field(default_factory=dict)
    enabled: bool = True
    language: str = ""
    name_weight: float = 0.0

    @property
    def found_by(self) -> str:
        """Return the words by which each chunk is found: the name, and where the file stood."""
        folders = folders_of(self.metadata.get(PATH, ""))
        return f"{self.name}\n{folders}" if folders else self.name


def folders_of(path: object) -> str:
    """Return the folders of a path without regard to case, as stores keep metadata."""
    [one] = path if isinstance(path, list | tuple) and len(path) == 1 else [path]
    return one.casefold().rpartition("/")[0] if isinstance(one, str) else ""


class Role(StrEnum):
    """Who speaks in a conversation."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str
