"""Frames between the worker and a parser process, good ones and bad ones."""

import orjson
import pytest

from rag.errors import ParserLimitError
from rag.ingestion.wire import (
    HEADER,
    MAX_FRAME,
    ChunksCut,
    Done,
    Event,
    Failed,
    PageRead,
    ParseRequest,
    clean,
    decode_event,
    decode_request,
    encode_event,
    encode_request,
)
from rag.types import ChunkDraft, Position


@pytest.mark.parametrize(
    "event",
    [
        PageRead(3, 12, "only an image"),
        ChunksCut((ChunkDraft("é", (Position(1, 2, 3, 4, 5),), ("why?",)), ChunkDraft("b")), 7),
        Done(pages=4),
        Failed("ParseError", "no", "trace"),
    ],
)
def test_events_arrive_as_they_were_sent(event: Event) -> None:
    frame = encode_event(event)
    body = frame[HEADER.size :]
    assert HEADER.unpack(frame[: HEADER.size]) == (len(body),)
    assert decode_event(body) == event


def test_requests_arrive_as_they_were_sent() -> None:
    request = ParseRequest(
        "/a/b", "ü.pdf", pages=((1, 2), (4, 4)), chunk_method="qa", delimiter="`##`"
    )
    assert decode_request(encode_request(request)[HEADER.size :]) == request


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nope",
        b"[]",
        b"{}",
        b"7",
        b'{"kind":"other"}',
        b'{"kind":"page","number":"x","total":1}',
        b'{"kind":"page","number":1,"total":null}',
        b'{"kind":"done","surprise":1}',
        b'{"kind":"page","path":1}',
        b'{"kind":"chunks","tokens":1}',
        b'{"kind":"chunks","drafts":[["a"]],"tokens":1}',
        b'{"kind":"chunks","drafts":[["a",[[1,2]],[]]],"tokens":1}',
        b'{"kind":"chunks","drafts":3,"tokens":1}',
    ],
)
def test_nonsense_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match="not an event of a parser process"):
        decode_event(body)


def test_a_field_of_another_type_is_converted() -> None:
    body = orjson.dumps(
        {"kind": "chunks", "drafts": [[{"a": 1}, [], [2], [3], "4", [5]]], "tokens": "3"}
    )
    assert decode_event(body) == ChunksCut(
        (ChunkDraft("{'a': 1}", (), ("2",), ("3",), 4, ("5",)),), 3
    )


def test_a_frame_over_the_limit_is_not_made() -> None:
    with pytest.raises(ParserLimitError, match="A chunk has 32 MB, and 32 MB is the limit"):
        encode_event(ChunksCut((ChunkDraft("x" * MAX_FRAME),), 1))


def test_cleaning_leaves_good_text_alone() -> None:
    assert clean("é好🙂\t\n") == "é好🙂\t\n"
    assert clean("a\0\ud800b") == "a?b"
