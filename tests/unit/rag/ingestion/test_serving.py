"""How a parser process answers, without a process."""

import io
from collections.abc import Iterator
from pathlib import Path

from rag.ingestion.serving import serve
from rag.ingestion.wire import (
    HEADER,
    ChunksCut,
    Done,
    Event,
    Failed,
    PageRead,
    ParseRequest,
    Wanted,
    decode_event,
    encode_request,
)
from rag.parsing.base import ParseOptions, Parser
from rag.types import Block, Page


class FewBytes(io.BytesIO):
    """Takes a few bytes at a time, as a pipe may."""

    def write(self, data: "memoryview[int] | bytes") -> int:  # type: ignore[override]
        return super().write(data[:7])


def many_lines(_path: Path, _name: str, options: ParseOptions) -> Iterator[Page]:
    for number in range(options.first_page, options.last_page + 1):
        yield Page(number, options.last_page, (Block(f"line {number}"),), note="seen")


def greedy(_path: Path, _name: str, _options: ParseOptions) -> Iterator[Page]:
    raise MemoryError
    yield


def faulty(_path: Path, _name: str, _options: ParseOptions) -> Iterator[Page]:
    raise KeyError("x")
    yield


class Parsers:
    """Three parsers by name."""

    def find_parser(self, name: str) -> Parser:
        return {"many": many_lines, "greedy": greedy, "faulty": faulty}[name]

    def page_count(self, path: Path, name: str) -> int:
        return len(str(path)) + len(name)


def answers(*requests: ParseRequest, tail: bytes = b"") -> list[Event]:
    source = io.BytesIO(b"".join(map(encode_request, requests)) + tail)
    sink = FewBytes()
    serve(source, sink, Parsers(), lambda _: None)
    sent, events = sink.getvalue(), []
    while sent:
        (length,) = HEADER.unpack(sent[: HEADER.size])
        end = HEADER.size + length
        events.append(decode_event(sent[HEADER.size : end]))
        sent = sent[end:]
    return events


def test_pages_chunks_and_the_end() -> None:
    events = answers(ParseRequest("p", "many", first_page=2, last_page=3))
    assert events[:2] == [PageRead(2, 3, "seen", 6), PageRead(3, 3, "seen", 6)]
    assert isinstance(events[2], ChunksCut)
    assert events[2].drafts[0].content == "line 2\nline 3"
    assert events[3:] == [Done()]


def test_chunks_come_in_batches() -> None:
    request = ParseRequest("p", "many", last_page=100, chunk_method="presentation")
    batches = [event for event in answers(request) if isinstance(event, ChunksCut)]
    assert [len(batch.drafts) for batch in batches] == [64, 36]
    assert batches[0].tokens > batches[1].tokens > 0


def test_counting_and_several_requests() -> None:
    request = ParseRequest("path", "many", Wanted.COUNT)
    assert answers(request, request) == [Done(8), Done(8)]


def test_a_failure_is_told_and_the_next_request_answered() -> None:
    many = ParseRequest("path", "many", Wanted.COUNT)
    memory, fault, done = answers(ParseRequest("p", "greedy"), ParseRequest("p", "faulty"), many)
    assert memory == Failed("ParserLimitError", "")
    assert isinstance(fault, Failed)
    assert (fault.error, fault.message) == ("KeyError", "")
    assert "KeyError: 'x'" in fault.traceback
    assert done == Done(8)


def test_half_a_header_is_the_end() -> None:
    assert answers(tail=b"\0\0") == []
