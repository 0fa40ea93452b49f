"""Answers to what does not get as far as the application, which has none to give then."""

from dataclasses import replace
from http import HTTPStatus

from flask import Response

from api.errors import ArgumentError, RaglanError, UnavailableError
from api.http.door import Door
from api.http.middleware import HEADER, identity_of
from api.http.words import DEFECT

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
        """Report that nothing has to be waited for."""
        return 0.0

    def sendall(self, data: bytes) -> None:
        """Accept bytes."""
        self.sent += data


def refused(door: Door, status: int, identity: str) -> bytes:
    """Return the bytes of the answer to a request that gunicorn refuses with a status."""
    is_defect = status == HTTPStatus.INTERNAL_SERVER_ERROR
    kind = RaglanError if is_defect else ArgumentError
    what = replace(door.told(kind(WORDS.get(status, MALFORMED))), status=status)
    answer = door.refuse(what)
    answer.status_code = status
    return bytes_of(answer, identity)


def crowded(door: Door) -> bytes:
    """Return the bytes of the answer to an address that has too many connections."""
    return bytes_of(door.refuse(door.told(UnavailableError(FULL))), identity_of(""))


def bytes_of(answer: Response, identity: str) -> bytes:
    """Return the bytes of an answer that ends the connection."""
    headers = [("Connection", "close"), *answer.headers, (HEADER, identity)]
    lines = (
        f"HTTP/1.1 {answer.status_code} {HTTPStatus(answer.status_code).phrase}",
        *(f"{name}: {value}" for name, value in headers),
    )
    return "\r\n".join([*lines, "", ""]).encode() + answer.get_data()
