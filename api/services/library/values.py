"""What the library's services are asked for, checked already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Protocol

from api.services.unset import UNSET, Unset
from rag.engines.base import MetadataCondition
from rag.types import Vector

DATASET_NAME = 128
"""The longest name of a dataset, in characters."""

MOST_PAGERANK = 100
"""The highest rank of a dataset, which adds 1 to the similarity of its chunks."""

Options = Mapping[str, object]
"""Options of parsing, by name; see `api.services.library.parser_options`."""


@dataclass(frozen=True, slots=True)
class NewDataset:
    """A dataset to make; an empty `embedding_model` is the one that the tenant uses by default.

    `attributes` are whatever a client notes of it. It gets a new id, unless it comes from elsewhere
    and keeps the `id` that it has there.
    """

    name: str
    avatar: str = ""
    description: str = ""
    language: str = "English"
    embedding_model: str = ""
    permission: str = "me"
    chunk_method: str = "naive"
    options: Options | None = None
    auto_metadata_config: str = ""
    pagerank: int = 0
    id: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DatasetChange:
    """What to change of a dataset: all that is not UNSET.

    An empty `embedding_model` is the one that the tenant uses by default; empty `options` are the
    defaults of the chunk method. Other options are merged, or are all that there are from now on
    where the change `replaces` them.
    """

    name: str | Unset = UNSET
    avatar: str | Unset = UNSET
    description: str | Unset = UNSET
    language: str | Unset = UNSET
    embedding_model: str | Unset = UNSET
    permission: str | Unset = UNSET
    chunk_method: str | Unset = UNSET
    pagerank: int | Unset = UNSET
    auto_metadata_config: str | Unset = UNSET
    options: Options | Unset = UNSET
    replaces: bool = False
    attributes: Mapping[str, str] | Unset = UNSET


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list: that of the row with an id, with its value in the list's order.

    Without a value it is where that row is now.
    """

    id: str
    value: str | float | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list, in which order; `order` is a column that a schema has checked.

    It begins behind a place, or else at an offset. `without` names fields of the records that need
    not be read: they are empty.
    """

    order: str
    descending: bool
    limit: int
    offset: int
    after: Place | None = None
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DatasetFilter:
    """Which datasets to list; empty values ask for nothing. `keywords` are looked for in names."""

    id: str = ""
    name: str = ""
    ids: Sequence[str] = ()
    keywords: str = ""
    chunk_method: str = ""
    owners: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """Which documents of a dataset to list; what is empty, 0 or false does not filter.

    Times are in ms since the epoch. `keywords` are looked for in names. `begun` are those that have
    been parsed, or that it was begun with. With `is_counted` those in each state are counted, too,
    whatever `runs` are asked for. `directory_id` is that of a directory, empty for the top; without
    one it is all of them.
    """

    keywords: str = ""
    id: str = ""
    ids: Sequence[str] = ()
    name: str = ""
    created_from: int = 0
    created_to: int = 0
    suffixes: Sequence[str] = ()
    types: Sequence[str] = ()
    runs: Sequence[str] = ()
    begun: bool = False
    condition: MetadataCondition | None = None
    is_counted: bool = False
    directory_id: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """What to change of a document.

    `repeated` are values by name, of those that only the server changes, as a client was told them.
    With `discard_edits` chunks go that people have edited, when their chunk method changes.
    """

    name: str | Unset = UNSET
    meta_fields: Mapping[str, object] | Unset = UNSET
    enabled: bool | Unset = UNSET
    chunk_method: str | Unset = UNSET
    options: Options | Unset = UNSET
    discard_edits: bool = False
    repeated: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cut:
    """How a document is to be cut to see what comes of it: which pages, and how many chunks.

    Options are those of a change; see `DocumentChange`.
    """

    most: int
    chunk_method: str | Unset = UNSET
    options: Options | Unset = UNSET
    first_page: int = 1
    last_page: int = 0


class Readable(Protocol):
    """A file that was received, in memory or on the disk."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Seek a position and return it."""
        ...


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was received, under the name that its sender gives it, with its metadata.

    Its document gets a new id, unless it comes from elsewhere and keeps the `id` that it has there.
    `file_id` is that of the tenant's file whose content it is, if it is one. What `is_virtual` has
    no content, and so any name.
    """

    name: str
    content: Readable
    metadata: Mapping[str, object] = field(default_factory=dict)
    id: str = ""
    file_id: str = ""
    is_virtual: bool = False


@dataclass(frozen=True, slots=True)
class ChunkFilter:
    """Which chunks of a document to list; None and empty texts do not filter.

    `on_page` is a page of the document where a part of the chunk stands; 0 does not filter.
    `source` is a ChunkSource. `after` and `without` are those of a `Page`; the value of a place is
    the chunk's ordinal.
    """

    limit: int
    offset: int = 0
    keywords: str = ""
    id: str = ""
    available: bool | None = None
    on_page: int = 0
    source: str = ""
    after: Place | None = None
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NewChunk:
    """A chunk that somebody writes."""

    content: str
    important_keywords: Sequence[str] = ()
    questions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class CutChunk:
    """A chunk that was cut elsewhere, as the line of a batch says it.

    An empty `id` stands for a new one; a `vector` of None is made by the dataset's model. A
    position has a page and four sides.
    """

    line: int
    new: NewChunk
    id: str = ""
    available: bool = True
    positions: Sequence[Sequence[int]] = ()
    vector: Vector | None = None


@dataclass(frozen=True, slots=True)
class ChunkCopy:
    """A chunk that is taken over from elsewhere with its id; a position has a page and four sides.

    An empty `id` stands for a new one.
    """

    content: str
    important_keywords: Sequence[str] = ()
    questions: Sequence[str] = ()
    positions: Sequence[Sequence[int]] = ()
    available: bool = True
    id: str = ""
    headings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ChunkChange:
    """What to change of a chunk; a position is a page and its four coordinates."""

    content: str | Unset = UNSET
    important_keywords: Sequence[str] | Unset = UNSET
    questions: Sequence[str] | Unset = UNSET
    available: bool | Unset = UNSET
    positions: Sequence[Sequence[int]] | Unset = UNSET

    def given(self) -> dict[str, object]:
        """Return what is given, by the names of the columns."""
        every = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: value for name, value in every.items() if value is not UNSET}
