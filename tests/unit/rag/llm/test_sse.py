"""How a stream of events is read."""

import pytest

from rag.errors import ModelError
from rag.llm.sse import event_data

STREAM = (
    ": a comment\n\n"
    "id: 7\nevent: message\ndata: one\n\n"
    "data:two\r\n\r\n"
    "data: a\ndata:  b\n\n"
    "\n\n"
    "data: 東京\n\n"
    "data: cut off"
).encode()
EXPECTED = [b"one", b"two", b"a\n b", "東京".encode(), b"cut off"]


def test_every_cut_gives_the_same_events() -> None:
    for place in range(len(STREAM) + 1):
        assert list(event_data([STREAM[:place], STREAM[place:]])) == EXPECTED
    assert list(event_data(STREAM[i : i + 1] for i in range(len(STREAM)))) == EXPECTED


def test_an_event_is_given_as_soon_as_it_is_whole() -> None:
    taken: list[bytes] = []

    def pieces() -> "list[bytes]":
        return [b"data: one\n", b"\ndata: t", b"wo\n\n"]

    source = (taken.append(piece) or piece for piece in pieces())
    events = event_data(source)
    assert next(events) == b"one"
    assert taken == [b"data: one\n", b"\ndata: t"]


def test_an_endless_line_is_refused() -> None:
    with pytest.raises(ModelError, match="more than 1 MB"):
        list(event_data([b"x" * 65536] * 20))


def test_nothing_gives_nothing() -> None:
    assert list(event_data([])) == []
