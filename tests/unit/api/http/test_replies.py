"""What leaves for a client of an answer, and in how many pieces."""

from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader

from api.http.replies import APART, Reply, date_at
from api.http.responses import text_of


class Client:
    """A connection that keeps each piece that it is sent."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.pieces: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        """Take a piece."""
        self.pieces.append(data)


def answered(
    *blocks: bytes, method: str = "GET", status: str = "200 OK", length: int | None = None
) -> list[bytes]:
    """Return the pieces of an answer of some blocks."""
    config, client = Config(), Client()
    head = f"{method} / HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    request = Request(config, IterUnreader(iter([head])), ("127.0.0.1", 1))
    reply: Any = Reply(request, client, config)
    headers = [] if length is None else [("Content-Length", str(length))]
    reply.start_response(status, [("Content-Type", "text/plain"), *headers])
    for block in blocks:
        reply.write(block)
    reply.close()
    return client.pieces


def test_a_short_answer_leaves_in_one_piece() -> None:
    [piece] = answered(b"hello", length=5)
    head, _, body = piece.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 200 OK"
    assert {"Connection: keep-alive", "Content-Type: text/plain", "Content-Length: 5"} < {*lines}
    assert body == b"hello"


def test_what_is_made_piece_by_piece_leaves_so_and_its_head_at_once() -> None:
    pieces = answered(b"", b"one", b"three")
    assert pieces[0].endswith(b"Transfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n")
    assert pieces[1:] == [b"3\r\none\r\n", b"5\r\nthree\r\n", b"0\r\n\r\n"]


def test_a_long_block_is_not_copied_behind_its_head() -> None:
    block = b"x" * APART
    head, body = answered(block, length=APART)
    assert head.endswith(b"\r\n\r\n")
    assert body is block


@pytest.mark.parametrize(
    ("given", "body"),
    [
        ({"method": "HEAD", "length": 5}, b""),
        ({"length": 0}, b""),
        ({"length": 3}, b"hel"),
        ({"status": "304 Not Modified", "length": 5}, b""),
        ({}, b"5\r\nhello\r\n0\r\n\r\n"),
    ],
    ids=["head", "announced empty", "announced shorter", "not modified", "not announced"],
)
def test_no_more_leaves_than_may(given: dict[str, Any], body: bytes) -> None:
    whole = b"".join(answered(b"hello", **given))
    assert whole.startswith(b"HTTP/1.1 ")
    assert whole.partition(b"\r\n\r\n")[2] == body


def test_the_date_is_in_the_form_of_http() -> None:
    assert date_at(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT"


def test_keys_that_are_no_texts_are_written_as_texts() -> None:
    assert text_of({"of": {1: "a", None: 2}}) == b'{"of":{"1":"a","null":2}}'
    with pytest.raises(TypeError):
        text_of({"of": object()})
