"""What a search engine offers: how it is asked, and what it answers.

An engine makes a request of a question and reads the answer; neither opens anything.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from api.errors import FetchError
from api.fetching.calls import Request

LONGEST_ADDRESS = 2000
LONGEST_TITLE = 300
LONGEST_SNIPPET = 2000
WEB = ("http://", "https://")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

OTHER_FORM = "The search engine answers in another form than is known of it."


class Found(NamedTuple):
    """A page that an engine has found, and what it says of it."""

    url: str
    title: str
    snippet: str


class Place(NamedTuple):
    """Where an engine is, the key that opens it, and the language that is wanted; all if known."""

    url: str
    key: str = ""
    language: str = ""


class Engine(Protocol):
    """An engine at a place."""

    address: str

    def request(self, query: str, count: int) -> Request:
        """Return what asks for so many pages; the engine may find more or fewer."""
        ...

    def found(self, told: object) -> Iterator[Found]:
        """Yield what an answer in JSON has, best first; raises FetchError for another form."""
        ...


def objects(told: object) -> list[Mapping[str, object]]:
    """Return the objects of a list; raises FetchError for what is none."""
    if not isinstance(told, list):
        raise FetchError(OTHER_FORM)
    return [one for one in told if isinstance(one, dict)]


def mapping(told: object) -> Mapping[str, object]:
    """Return an object as it is; raises FetchError for what is none."""
    if not isinstance(told, dict):
        raise FetchError(OTHER_FORM)
    return told


def pages(rows: list[Mapping[str, object]], url: str, title: str, snippet: str) -> Iterator[Found]:
    """Yield what rows have under these names; one without an address of the web is left out."""
    for row in rows:
        address = row.get(url)
        if isinstance(address, str) and is_address(address):
            text = line(row.get(title), LONGEST_TITLE)
            yield Found(address, text or address, line(row.get(snippet), LONGEST_SNIPPET))


def is_address(url: str) -> bool:
    """Return whether a text is an address of the web that can be kept."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return False
    return bool(host) and url.startswith(WEB) and len(url) <= LONGEST_ADDRESS and url.isprintable()


def line(text: object, longest: int) -> str:
    """Return a text as one line without control characters; empty for what is none."""
    return " ".join(CONTROL.sub(" ", text).split())[:longest] if isinstance(text, str) else ""


def asking(url: str, body: Mapping[str, object], key: str) -> Request:
    """Return a request with a body in JSON, and a key as a bearer token if there is one."""
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    return Request("POST", url, headers, json.dumps(body).encode())
