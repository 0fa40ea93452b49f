"""Streams: their bytes, their failures, their places, and their end."""

import socket
from collections.abc import Iterator
from typing import Any

import gevent
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.errors import UnavailableError
from api.http.discovery import NOWHERE
from api.http.door import Doors
from api.http.errors import register_errors
from api.http.framing import Framing
from api.http.process import WebProcess, install
from api.http.responses import CHAT
from api.http.streaming import event_stream
from api.http.streams import STOPPING, EventStream, Streams
from rag.errors import ModelError

END = b'data:{"code":0,"data":true}\n\n'


class Source:
    """Events that tell whether they were closed."""

    def __init__(self, *events: Any, wait: float = 0) -> None:
        """Give these events; an exception among them is raised; then wait, in seconds."""
        self.events = iter(events)
        self.wait = wait
        self.closed = 0

    def __iter__(self) -> Iterator[Any]:
        """Return itself."""
        return self

    def __next__(self) -> Any:
        """Return the next event."""
        for event in self.events:
            if isinstance(event, Exception):
                raise event
            return event
        gevent.sleep(self.wait)
        raise StopIteration

    def close(self) -> None:
        """Store that it was closed."""
        self.closed += 1


@pytest.fixture
def streams() -> Streams:
    return Streams(2)


def answered(source: Source, streams: Streams, framing: Framing = CHAT) -> TestResponse:
    app = Flask(__name__)
    register_errors(app)
    web = WebProcess(Doors([], NOWHERE))
    web.streams = streams
    install(app, web)
    app.add_url_rule("/", view_func=lambda: event_stream(lambda: source, framing))
    return app.test_client().get("/")


def test_a_stream_that_begins_can_be_looked_after_and_ended(streams: Streams) -> None:
    """Beginning takes a search, during which all streams are looked at."""
    seen: list[float] = []

    def begin() -> Source:
        seen.extend(stream.silence(1.0) for stream in streams.open)
        streams.end_all()
        return Source({"code": 0})

    stream = EventStream(begin, CHAT, streams, {})
    assert seen == [0.0]
    assert b"".join(stream).endswith(END)
    stream.close()
    assert not streams.open


def test_the_bytes_are_those_of_the_contract(streams: Streams) -> None:
    source = Source({"code": 0, "data": {"answer": "größer 世界", "score": float("nan")}})
    answer = answered(source, streams)
    assert answer.data.decode() == (
        'data:{"code":0,"data":{"answer":"größer 世界","score":null}}\n\n' + END.decode()
    )
    answer.close()
    assert source.closed
    assert not streams.open


def test_the_headers_are_those_of_the_contract(streams: Streams) -> None:
    headers = answered(Source(), streams).headers
    assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert headers["Cache-control"] == "no-cache"
    assert headers["Connection"] == "keep-alive"
    assert headers["X-Accel-Buffering"] == "no"


def test_a_failure_becomes_an_event_before_the_end(streams: Streams) -> None:
    source = Source({"n": 1}, ModelError("The model went away."))
    assert answered(source, streams).data == (
        b'data:{"n":1}\n\n'
        b'data:{"code":500,"message":"The model went away.",'
        b'"data":{"answer":"**ERROR**: The model went away.","reference":[]}}\n\n' + END
    )


def test_a_defect_is_told_without_its_inside(
    streams: Streams, caplog: pytest.LogCaptureFixture
) -> None:
    data = answered(Source(KeyError("the inside")), streams).data
    assert b"the inside" not in data
    assert b'"code":500' in data
    assert data.endswith(END)
    assert "the inside" in caplog.text


def test_another_kind_of_stream_has_its_own_failure_and_end(streams: Streams) -> None:
    framing = Framing(lambda message: {"error": message}, b"data:[DONE]\n\n")
    data = answered(Source(ModelError("no")), streams, framing).data
    assert data == b'data:{"error":"no"}\n\ndata:[DONE]\n\n'


def test_streams_beyond_the_limit_are_refused_and_places_come_back(streams: Streams) -> None:
    held = [EventStream(lambda: iter(()), CHAT, streams, {}) for _ in range(2)]
    refused = answered(Source(), streams)
    assert refused.status_code == 503
    assert refused.json is not None
    assert refused.json["code"] == 105
    assert refused.headers["Retry-After"] == "1"
    held[0].close()
    assert answered(Source(), streams).status_code == 200


def test_a_stream_that_is_refused_begins_nothing(streams: Streams) -> None:
    begun: list[bool] = []
    held = [EventStream(lambda: iter(()), CHAT, streams, {}) for _ in range(2)]
    with pytest.raises(UnavailableError):
        EventStream(lambda: iter([{"begun": begun.append(True)}]), CHAT, streams, {})
    assert begun == []
    assert streams.open == set(held)


@pytest.mark.parametrize("error", [KeyError, gevent.GreenletExit])
def test_a_stream_that_cannot_begin_gives_its_place_back(
    streams: Streams, error: type[BaseException]
) -> None:
    def begin() -> Iterator[Any]:
        assert len(streams.open) == 1
        raise error

    with pytest.raises(error):
        EventStream(begin, CHAT, streams, {})
    assert not streams.open


def test_no_stream_begins_while_the_server_stops(streams: Streams) -> None:
    streams.draining = True
    with pytest.raises(UnavailableError, match="stopping"):
        EventStream(lambda: iter(()), CHAT, streams, {})


def test_open_streams_end_with_a_word_when_the_server_stops(streams: Streams) -> None:
    source = Source({"n": 1}, wait=30)
    stream = EventStream(lambda: source, CHAT, streams, {})
    reader = gevent.spawn(lambda: b"".join(stream))
    gevent.sleep(0.01)
    streams.end_all()
    data = reader.get(timeout=30)
    assert STOPPING.encode() in data
    assert data.endswith(END)
    stream.close()
    assert source.closed


def test_a_stream_that_nobody_reads_yet_is_left_alone_by_the_stop(streams: Streams) -> None:
    stream = EventStream(lambda: Source({"n": 1}), CHAT, streams, {})
    streams.end_all()
    assert b"".join(stream) == b'data:{"n":1}\n\n' + END


def test_a_client_that_goes_away_ends_the_wait(streams: Streams) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        source = Source({"n": 1}, wait=30)
        stream = EventStream(lambda: source, CHAT, streams, {"gunicorn.socket": ours})
        frames: list[bytes] = []
        reader = gevent.spawn(lambda: frames.extend(stream))
        gevent.sleep(0.01)
        theirs.close()
        reader.join(timeout=30)
        assert isinstance(reader.value, gevent.GreenletExit)
        assert frames == [b"", b'data:{"n":1}\n\n']
        stream.close()
        assert source.closed
        assert not streams.open


def test_a_client_that_sends_ahead_has_not_gone(streams: Streams) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stream = EventStream(lambda: Source(wait=0.05), CHAT, streams, {"gunicorn.socket": ours})
        reader = gevent.spawn(lambda: b"".join(stream))
        gevent.sleep(0.01)
        theirs.send(b"GET / HTTP/1.1\r\n")
        assert reader.get(timeout=30) == END
        assert ours.recv(100).startswith(b"GET")
