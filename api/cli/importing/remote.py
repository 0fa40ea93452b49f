"""Asking another server over HTTP, which may be away for a moment."""

from typing import Any

import requests
from click import ClickException

from api.cli.client import bearer

TIMEOUT = (10, 300)
"""Seconds to connect, and between two bytes: RAGFlow sorts long lists slowly."""

TRIES = 3


class SourceError(ClickException):
    """The other server does not answer, or answers with an error."""


class Remote:
    """Another server at an address, and the key by which it is asked."""

    def __init__(self, url: str, key: str) -> None:
        """Initialize with the server's address; nothing is requested yet."""
        self.url = (url if "://" in url else f"http://{url}").rstrip("/")
        self.session = requests.Session()
        self.session.auth = bearer(key)

    def send(self, path: str, **request: Any) -> requests.Response:
        """Send a request; raises SourceError when nobody answers after some tries."""
        for left in reversed(range(TRIES)):
            try:
                return self.session.get(f"{self.url}/api/v1{path}", timeout=TIMEOUT, **request)
            except requests.RequestException as error:
                if not left:
                    raise SourceError(f"{self.url} does not answer: {error}.") from error
        raise AssertionError("the last try returns or raises")
