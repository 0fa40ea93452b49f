"""Bodies of requests: what is left of them, and clients that break off."""

from io import BytesIO
from typing import Any

import pytest
from werkzeug.exceptions import ClientDisconnected

from api.http.bodies import AT_ONCE, RequestBody, body_of


class Broken(BytesIO):
    """A body that breaks off, as gunicorn tells it."""

    failed = False

    def read(self, size: int | None = -1) -> bytes:
        """Return what is there, then raise an error."""
        if data := super().read(size):
            return data
        raise OSError("The client is gone.")


def test_what_was_not_read_is_read_to_its_end() -> None:
    source = BytesIO(b"one\ntwo\n" + bytes(3 * AT_ONCE))
    body = RequestBody(source)
    assert (body.readline(), body.read(4)) == (b"one\n", b"two\n")
    body.discard()
    assert body.read() == b""


def test_of_a_body_that_has_come_nothing_more_is_read() -> None:
    source = Broken(b"abc")
    environ: dict[str, Any] = {"wsgi.input": source, "CONTENT_LENGTH": "3"}
    body = body_of(environ)
    assert body is not None
    assert body.read(3) == b"abc"
    body.discard()
    assert not source.failed  # it was not asked


def body_with(source: BytesIO, length: str) -> RequestBody:
    """Return a body of an announced length."""
    environ: dict[str, Any] = {"wsgi.input": source, "CONTENT_LENGTH": length}
    body = body_of(environ)
    assert body is not None
    return body


def test_a_short_body_is_read_at_once() -> None:
    assert body_with(BytesIO(b"abcdef"), "3").at_once(3) == b"abc"


def test_only_a_short_body_that_nobody_has_begun_is_read_at_once() -> None:
    assert body_with(BytesIO(b"abc"), "3").at_once(2) is None
    assert body_with(BytesIO(bytes(AT_ONCE + 1)), str(AT_ONCE + 1)).at_once(2 * AT_ONCE) is None
    assert RequestBody(BytesIO(b"abc")).at_once(3) is None
    begun = body_with(BytesIO(b"abc"), "3")
    begun.read(1)
    assert begun.at_once(3) is None


def test_a_body_of_which_less_comes_than_was_announced_is_none() -> None:
    with pytest.raises(ClientDisconnected):
        body_with(BytesIO(b"ab"), "3").at_once(3)


def test_a_connection_whose_body_breaks_off_serves_no_other_request() -> None:
    source = Broken(bytes(2 * AT_ONCE))
    RequestBody(source).discard()
    assert source.failed


@pytest.mark.parametrize(
    ("headers", "has_one"),
    [
        ({}, False),
        ({"CONTENT_LENGTH": ""}, False),
        ({"CONTENT_LENGTH": "0"}, False),
        ({"CONTENT_LENGTH": "3"}, True),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, True),
    ],
)
def test_a_request_without_a_body_costs_nothing(headers: dict[str, str], *, has_one: bool) -> None:
    source = BytesIO(b"abc")
    environ: dict[str, Any] = {"wsgi.input": source, **headers}
    found = body_of(environ)
    assert (found is not None) is has_one
    assert environ["wsgi.input"] is (found or source)
