"""Answers to what does not get as far as the application, which has none to give then."""

from http import HTTPStatus

import orjson

from api.errors import ArgumentError, RaglanError, UnavailableError
from api.http.middleware import HEADER, identity_of

DEFECT = "Something went wrong inside the server; its log says what, under this request id."
FULL = "Your address has as many connections open as it may: close some, or try again."
MALFORMED = "Bad Request: the line, the headers or the framing of the request are malformed."
WORDS = {
    414: "The line of the request is longer than 8,190 bytes.",
    417: "Expectation Failed: `Expect` may only be 100-continue.",
    431: "The headers are too many or too long: 100 are read, of 8,190 bytes each.",
    500: DEFECT,
    501: "Not Implemented: `Transfer-Encoding` may only be chunked.",
}


class Page:
    """Takes gunicorn's own page of an error, for which it takes this for the client."""

    def __init__(self) -> None:
        """Begin without one."""
        self.sent = b""

    @property
    def status(self) -> int:
        """Return the status that the page has."""
        return int(self.sent.split(b" ", 2)[1])

    def gettimeout(self) -> float:
        """Tell that nothing has to be waited for."""
        return 0.0

    def sendall(self, data: bytes) -> None:
        """Take bytes."""
        self.sent += data


def refused(status: int, identity: str) -> bytes:
    """Return the bytes of the answer to a request that gunicorn refuses with a status."""
    code = RaglanError.code if status == HTTPStatus.INTERNAL_SERVER_ERROR else ArgumentError.code
    return answer(status, code, WORDS.get(status, MALFORMED), identity)


def crowded() -> bytes:
    """Return the bytes of the answer to an address that has too many connections."""
    again = f"Retry-After: {UnavailableError.retry_after}"
    return answer(503, UnavailableError.code, FULL, identity_of(""), again)


def answer(status: int, code: int, message: str, identity: str, *headers: str) -> bytes:
    """Return the bytes of an answer that ends the connection."""
    body = orjson.dumps({"code": code, "message": message})
    lines = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"{HEADER}: {identity}",
        *headers,
    )
    return "\r\n".join([*lines, "", ""]).encode() + body
