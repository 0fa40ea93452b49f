"""What the worker and a parser process say to each other: JSON in length-prefixed frames.

JSON, because the parser process reads untrusted files: whatever it sends, decoding it runs no
code. A frame is 4 bytes of length, big-endian, and as many bytes of JSON. The worker sends
requests; the parser process answers each with events, the last of which is a `Done` or a `Failed`.
"""

import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

import orjson

from rag.errors import ParserLimitError
from rag.parsing.base import Helpers, PageSize
from rag.types import ChunkDraft, Position

HEADER = struct.Struct(">I")
MAX_FRAME = 32 * 1024 * 1024
"""In bytes. Bounds what the worker holds in memory, and thereby the longest chunk."""


class Wanted(StrEnum):
    """What is wanted of a file."""

    CHUNKS = "chunks"
    COUNT = "count"
    LAYOUT = "layout"
    SIZES = "sizes"
    PICTURES = "pictures"


@dataclass(frozen=True, slots=True)
class ParseRequest:
    """A file to cut into chunks, to lay out, to count or measure the pages of, or to draw some of.

    `pages` are ranges, from one page to another; where there are any, they stand for `first_page`
    and `last_page`. With a `children_delimiter` chunks are parted as in `rag.chunking.children`.
    `width` and `scale` are those of `rag.parsing.base.PictureOptions`, `first_page`, `last_page`
    and `hidden` those of its `ParseOptions`; the rest of the chunk settings are those of
    `rag.chunking.base.ChunkOptions`. `cpu_seconds` and `memory` are what the kernel is to allow the
    process for it: computing, and bytes of address space more than it has; 0 stands for no limit
    beside those of the process. `helpers` are those of `ParseOptions`; a layout is written
    to `target`, and so are the words of the pages that are measured, where it is given.
    """

    path: str
    name: str
    wanted: Wanted = Wanted.CHUNKS
    first_page: int = 1
    last_page: int = 0
    chunk_method: str = "naive"
    chunk_token_num: int = 512
    delimiter: str = "\n"
    overlapped_percent: int = 0
    html4excel: bool = False
    table_context_size: int = 0
    image_context_size: int = 0
    toc_extraction: bool = False
    children_delimiter: str = ""
    pages: tuple[tuple[int, int], ...] = ()
    hidden: bool = False
    width: int = 0
    scale: float = 0.0
    cpu_seconds: int = 0
    memory: int = 0
    helpers: Helpers = field(default_factory=Helpers)
    target: str = ""

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> "ParseRequest":
        """Return the request of which these are the fields, as `asdict` gives them."""
        pages = tuple(map(tuple, fields["pages"]))
        return cls(**{**fields, "pages": pages, "helpers": Helpers(**fields["helpers"])})


@dataclass(frozen=True, slots=True)
class PageRead:
    """A page has gone into the chunker; as in `rag.types.Page`, with how long its text is.

    `aside` is how many seconds helpers have worked since the page before: OCR of a page, say.
    """

    number: int
    total: int
    note: str = ""
    characters: int = 0
    aside: float = 0.0


@dataclass(frozen=True, slots=True)
class ChunksCut:
    """Some chunks in reading order, and how many tokens they have together."""

    drafts: tuple[ChunkDraft, ...]
    tokens: int


@dataclass(frozen=True, slots=True)
class PagesMeasured:
    """How large the pages are."""

    sizes: tuple[PageSize, ...]


@dataclass(frozen=True, slots=True)
class PageDrawn:
    """The picture of a page, as a PNG in base64."""

    number: int
    picture: str


@dataclass(frozen=True, slots=True)
class Done:
    """The request is carried out; `pages` answers a request to count."""

    pages: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """The request cannot be carried out.

    `error` is the name of a class of `rag.errors`, or of any other exception, with a `traceback`.
    """

    error: str
    message: str
    traceback: str = ""


Event = PageRead | ChunksCut | PagesMeasured | PageDrawn | Done | Failed

_Plain = PageRead | PageDrawn | Done | Failed
"""The events whose fields are numbers and texts."""

_EVENTS: Mapping[str, type[_Plain]] = {
    "page": PageRead,
    "picture": PageDrawn,
    "done": Done,
    "failed": Failed,
}
_KINDS = {event: kind for kind, event in _EVENTS.items()}


def encode_request(request: ParseRequest) -> bytes:
    """Return a request as a frame."""
    return _frame(asdict(request))


def decode_request(body: bytes) -> ParseRequest:
    """Read the body of a request's frame."""
    return ParseRequest.of(orjson.loads(body))


def encode_event(event: Event) -> bytes:
    """Return an event as a frame; raises ParserLimitError if it is longer than `MAX_FRAME`."""
    if isinstance(event, ChunksCut):
        drafts = [_draft_fields(draft) for draft in event.drafts]
        return _frame({"kind": "chunks", "drafts": drafts, "tokens": event.tokens})
    if isinstance(event, PagesMeasured):
        return _frame({"kind": "sizes", "sizes": event.sizes})
    return _frame({"kind": _KINDS[type(event)], **asdict(event)})


def decode_event(body: bytes) -> Event:
    """Read the body of an event's frame; raises ValueError if it is none."""
    try:
        fields = orjson.loads(body)
        kind = fields.pop("kind")
        if kind == "chunks":
            return ChunksCut(tuple(map(_draft, fields["drafts"])), int(fields["tokens"]))
        if kind == "sizes":
            return PagesMeasured(tuple((float(x), float(y)) for x, y in fields["sizes"]))
        return _plain_event(_EVENTS[kind], fields)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise ValueError("not an event of a parser process") from error


def clean(text: str) -> str:
    """Return a text without NULs and lone surrogates, which neither JSON nor databases store."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def _plain_event(event: type[_Plain], fields: dict[str, Any]) -> _Plain:
    # Each field is converted to the type of its default or its annotation: the sender may be
    # anything by now.
    return event(**{name: _FIELD_TYPES[name](value) for name, value in fields.items()})


_FIELD_TYPES: Mapping[str, type] = {
    "number": int,
    "total": int,
    "note": str,
    "characters": int,
    "aside": float,
    "pages": int,
    "picture": str,
    "error": str,
    "message": str,
    "traceback": str,
}


def _draft_fields(draft: ChunkDraft) -> list[Any]:
    positions = [position.as_list() for position in draft.positions]
    questions = list(map(clean, draft.questions))
    headings = list(map(clean, draft.headings))
    keywords = list(map(clean, draft.keywords))
    return [clean(draft.content), positions, questions, headings, draft.child, keywords]


def _draft(fields: list[Any]) -> ChunkDraft:
    content, positions, questions, headings, child, keywords = fields
    boxes = tuple(Position(*map(int, box)) for box in positions)
    questioned = tuple(map(str, questions))
    above, words = tuple(map(str, headings)), tuple(map(str, keywords))
    return ChunkDraft(str(content), boxes, questioned, above, int(child), words)


def _frame(fields: dict[str, Any]) -> bytes:
    body = orjson.dumps(fields)
    if len(body) > MAX_FRAME:
        raise ParserLimitError(
            f"A chunk has {len(body) >> 20} MB, and {MAX_FRAME >> 20} MB is the limit; choose a "
            "chunk method that cuts the document, such as naive."
        )
    return HEADER.pack(len(body)) + body
