"""Carries out the requests of a parser process: reads files, cuts them, answers with events."""

import traceback
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Protocol

from rag.chunking.base import ChunkOptions, TokenCounter
from rag.chunking.children import UNPARTED, in_children
from rag.chunking.contents import Contents
from rag.chunking.registry import find_chunker
from rag.errors import ParserLimitError, RagError
from rag.ingestion.wire import (
    HEADER,
    ChunksCut,
    Done,
    Event,
    Failed,
    PageDrawn,
    PageRead,
    PagesMeasured,
    ParseRequest,
    Wanted,
    clean,
    decode_request,
    encode_event,
)
from rag.parsing.base import Helpers, PageSize, ParseOptions, Parser, PictureOptions
from rag.parsing.helpers.programs import ASIDE
from rag.tokenizing.counting import count_tokens
from rag.types import ChunkDraft, Page

_BATCH_CHUNKS = 64
# About one pipe's capacity: larger batches would make the worker wait for more than it needs.
_BATCH_CHARACTERS = 64 * 1024
_LAST_COUNTS = 4
_LONGEST_TRACEBACK = 20_000


class Parsers(Protocol):
    """What the module of parsers offers; `rag.parsing.registry` is the one in use."""

    def find_parser(self, name: str) -> Parser:
        """Return the parser for a file of this name."""
        ...

    def page_count(self, path: Path, name: str) -> int:
        """Return how many pages a file has."""
        ...

    def lay_out(self, path: Path, name: str, target: Path, helpers: Helpers) -> None:
        """Write what a file looks like into a PDF."""
        ...

    def page_sizes(self, path: Path, name: str) -> list[PageSize]:
        """Return how large the pages of a file are."""
        ...

    def write_words(self, path: Path, name: str, target: Path) -> None:
        """Write the words of a PDF with their places into a file."""
        ...

    def draw_pages(
        self, path: Path, name: str, options: PictureOptions
    ) -> Iterator[tuple[int, bytes]]:
        """Yield the numbers of pages with their pictures."""
        ...


def serve(
    requests: BinaryIO,
    events: BinaryIO,
    parsers: Parsers,
    before_each: Callable[[ParseRequest], None],
) -> None:
    """Answer requests, calling `before_each` ahead of every one, until there are no more."""

    def send(event: Event) -> None:
        data = memoryview(encode_event(event))
        while data:
            data = data[events.write(data) :]

    for request in _read_requests(requests):
        before_each(request)
        _answer(request, parsers, send)


@dataclass(slots=True)
class _Batch:
    """Chunks on their way out, sent when there are enough of them."""

    send: Callable[[Event], None]
    count: TokenCounter
    drafts: list[ChunkDraft] = field(default_factory=list)
    characters: int = 0
    tokens: int = 0

    def add(self, draft: ChunkDraft) -> None:
        self.drafts.append(draft)
        self.characters += len(draft.content)
        self.tokens += self.count(draft.content)
        if len(self.drafts) >= _BATCH_CHUNKS or self.characters >= _BATCH_CHARACTERS:
            self.flush()

    def flush(self) -> None:
        if self.drafts:
            self.send(ChunksCut(tuple(self.drafts), self.tokens))
        self.drafts, self.characters, self.tokens = [], 0, 0


def _watched(pages: Iterable[Page], send: Callable[[Event], None]) -> Iterator[Page]:
    for page in pages:
        yield page
        # The chunker asks for the next page when it is done with this one.
        characters = sum(len(block.text) for block in page.blocks)
        send(PageRead(page.number, page.total, clean(page.note), characters, ASIDE.taken()))


def _parse(request: ParseRequest, parsers: Parsers, send: Callable[[Event], None]) -> None:
    ASIDE.taken()  # what helped with a file before is none of this one
    parser = parsers.find_parser(request.name)
    options = ChunkOptions(
        chunk_token_num=request.chunk_token_num,
        delimiter=request.delimiter,
        overlapped_percent=request.overlapped_percent,
        html4excel=request.html4excel,
        table_context_size=request.table_context_size,
        image_context_size=request.image_context_size,
        toc_extraction=request.toc_extraction,
    )
    spans = request.pages or ((request.first_page, request.last_page),)
    pages = chain.from_iterable(
        parser(
            Path(request.path),
            request.name,
            ParseOptions(*span, hidden=request.hidden, helpers=request.helpers),
        )
        for span in spans
    )
    # The chunker counts a chunk right before it yields it, and the batch counts it again.
    count = lru_cache(_LAST_COUNTS)(count_tokens)
    batch = _Batch(send, count)
    chunker = find_chunker(request.chunk_method)
    outline = Contents(options, count)
    drafts = chunker(outline.watched(_watched(pages, send)), options, count)
    if request.children_delimiter and request.chunk_method not in UNPARTED:
        drafts = in_children(drafts, request.children_delimiter)
    for draft in chain(drafts, outline.drafts()):
        batch.add(draft)
    batch.flush()
    send(Done())


def _count(request: ParseRequest, parsers: Parsers, send: Callable[[Event], None]) -> None:
    send(Done(parsers.page_count(Path(request.path), request.name)))


def _lay_out(request: ParseRequest, parsers: Parsers, send: Callable[[Event], None]) -> None:
    parsers.lay_out(Path(request.path), request.name, Path(request.target), request.helpers)
    send(Done())


def _measure(request: ParseRequest, parsers: Parsers, send: Callable[[Event], None]) -> None:
    send(PagesMeasured(tuple(parsers.page_sizes(Path(request.path), request.name))))
    if request.target:
        parsers.write_words(Path(request.path), request.name, Path(request.target))
    send(Done())


def _draw(request: ParseRequest, parsers: Parsers, send: Callable[[Event], None]) -> None:
    options = PictureOptions(request.first_page, request.last_page, request.width, request.scale)
    for number, picture in parsers.draw_pages(Path(request.path), request.name, options):
        send(PageDrawn(number, b64encode(picture).decode("ascii")))
    send(Done())


_ANSWERS: Mapping[str, Callable[[ParseRequest, Parsers, Callable[[Event], None]], None]] = {
    Wanted.CHUNKS: _parse,
    Wanted.COUNT: _count,
    Wanted.LAYOUT: _lay_out,
    Wanted.SIZES: _measure,
    Wanted.PICTURES: _draw,
}


def _answer(request: ParseRequest, parsers: Parsers, send: Callable[[Event], None]) -> None:
    try:
        _ANSWERS[request.wanted](request, parsers, send)
    except RagError as error:
        send(Failed(type(error).__name__, clean(str(error))))
    except MemoryError:
        send(Failed(ParserLimitError.__name__, ""))
    except BrokenPipeError:
        raise  # Nobody listens any more.
    except Exception as error:  # noqa: BLE001 - any file may make any library raise anything
        details = clean(traceback.format_exc())[-_LONGEST_TRACEBACK:]
        send(Failed(type(error).__name__, "", details))


def _read_requests(stream: BinaryIO) -> Iterator[ParseRequest]:
    while len(header := stream.read(HEADER.size)) == HEADER.size:
        yield decode_request(stream.read(*HEADER.unpack(header)))
