"""`Idempotency-Key`: a POST that is sent again within a day gets the answer of the first time.

The draft of the header (draft-ietf-httpapi-idempotency-key-header) leaves open which answers are
kept. Here it is those of success: an error changed nothing, so that trying again is right.
"""

import hashlib
from collections.abc import Iterator
from http import HTTPStatus

from flask import Flask, Response, g, request

from api.errors import ArgumentError
from api.http.body_limits import json_limit
from api.http.context import services
from api.http.contracts import door
from api.http.current import this_app, this_request
from api.http.door import asks_for_key
from api.http.lines import KINDS, put_aside
from api.http.outcome import refusal_of
from api.http.requests import body_within
from api.services.operations.records import Answer
from api.services.operations.repeats import MOST_BYTES, Claim, Repeats

HEADER = "Idempotency-Key"
IN_ENVIRON = "HTTP_IDEMPOTENCY_KEY"
"""Where WSGI has the header: most requests have none, and are looked at no further."""

LONGEST_KEY = 255
REPLAYED = {"Idempotency-Replayed": "true"}
CLAIM = "claim"
"""The name under which a request has its claim, in Flask's `g`."""


LINES = "lines"
"""The name under which a request has the file of its body."""


def honour_keys(app: Flask) -> None:
    """Execute what is sent with a key once, on every page with authentication."""
    app.before_request(begin)
    app.after_request(finish)
    app.teardown_request(abandon)


def begin() -> Response | None:
    """Return the answer of the first time, or claim the request; raises ArgumentError."""
    if IN_ENVIRON not in this_request().environ or request.method != "POST":
        return None
    view = this_app().view_functions.get(request.endpoint or "")
    if view is None or not asks_for_key(view):
        return None
    g.principal = door().authenticate()
    asker = f"{g.principal.tenant_id} {g.principal.user_id}"
    found = services().operations.repeats.begin(asker, key_of_request(), fingerprint())
    if isinstance(found, Answer):
        return Response(found.body, found.status, REPLAYED, content_type=found.content_type)
    g.claim = found
    return None


def key_of_request() -> str:
    """Return the key of the request; raises ArgumentError for one that is too long or blank."""
    key = request.headers[HEADER].strip().strip('"')
    if not 0 < len(key) <= LONGEST_KEY:
        raise ArgumentError(f"{HEADER}: it must have 1 to {LONGEST_KEY} characters.")
    return key


def fingerprint() -> str:
    """Return what tells this request from another one: the address and the body.

    A form is not looked into: its files may be gigabytes, and what separates them is made anew.
    JSON lines are put into a file, from which the page reads them.
    """
    told = hashlib.sha256(request.full_path.encode(errors="replace") + b"\n")
    if request.is_json:
        told.update(body_within(json_limit(), keep=True))
    elif request.mimetype in KINDS:
        g.lines = put_aside(told.update)
    return told.hexdigest()


def finish(response: Response) -> Response:
    """Store the answer of what was done, a stream's when it has ended."""
    if IN_ENVIRON not in this_request().environ:
        return response
    claim: Claim | None = g.get(CLAIM)
    if claim is None or refusal_of(request.environ) is not None:
        return response
    if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
        return response
    g.pop(CLAIM)
    body = KeptBody(response, claim, services().operations.repeats)
    if response.is_streamed:
        response.response = body
    else:
        body.take(response.get_data())
        body.finish()
    return response


def abandon(_error: BaseException | None) -> None:
    """Release the key of a request that changed nothing, so that it may be sent again."""
    if IN_ENVIRON not in this_request().environ:
        return
    if LINES in g:
        g.pop(LINES).close()
    claim: Claim | None = g.pop(CLAIM, None)
    if claim is not None:
        services().operations.repeats.release(claim)


class KeptBody:
    """A body that is kept once it has been sent to its end, unless it says that it failed."""

    def __init__(self, response: Response, claim: Claim, repeats: Repeats) -> None:
        """Wrap the body of a response."""
        self.inner = response.response
        self.status = response.status_code
        self.content_type = response.content_type or ""
        self.claim = claim
        self.repeats = repeats
        self.blocks: list[bytes] = []
        self.size = 0
        self.is_kept = False

    def __iter__(self) -> Iterator[bytes]:
        """Pass the blocks of the body on."""
        for block in self.inner:
            found = block.encode() if isinstance(block, str) else block
            self.take(found)
            yield found
        if not getattr(self.inner, "failed", False):
            self.finish()

    def take(self, block: bytes) -> None:
        """Store a block, as long as all of them are short enough to be kept."""
        self.size += len(block)
        if self.size <= MOST_BYTES:
            self.blocks.append(block)
        else:
            self.blocks.clear()

    def close(self) -> None:
        """Close the body; if it did not come to its end the request may be sent again."""
        close = getattr(self.inner, "close", None)
        try:
            if close is not None:
                close()
        finally:
            if not self.is_kept:
                self.repeats.release(self.claim)

    def finish(self) -> None:
        """Store the answer; one that is too long has no type and no text."""
        text = b"".join(self.blocks).decode(errors="replace")
        kind = self.content_type if self.size <= MOST_BYTES else ""
        self.is_kept = True
        self.repeats.keep(self.claim, Answer(self.status, kind, text))
