"""Server-sent events: answers that leave the server while they are made."""

from collections.abc import Callable, Iterator

from flask import Response, request

from api.errors import RaglanError
from api.http.context import asker
from api.http.contracts import door
from api.http.framing import Event, Framing
from api.http.process import web_process
from api.http.streams import EventStream
from api.http.tracing import continued

HEADERS = {
    "Cache-control": "no-cache",
    "Connection": "keep-alive",
    "X-Accel-Buffering": "no",
}


def event_stream(begin: Callable[[], Iterator[Event]], framing: Framing | None = None) -> Response:
    """Answer with a stream of the events that `begin` makes; it says what is wrong with a request.

    Without a framing of the page's own it is that of the door. Raises UnavailableError when the
    process has too many streams open, or stops; then nothing has begun: a server that is full
    spends no search on what it refuses.
    """
    here, endpoint, who = door(), request.endpoint or "", asker()

    def traced() -> Iterator[Event]:
        return continued("stream", begin())

    def word(error: RaglanError) -> str:
        return here.told(error, endpoint, who).message

    streams = web_process().streams
    form = framing or here.stream
    body = EventStream(traced, form, streams, request.environ, word)
    return Response(body, headers={"Content-Type": form.content_type, **HEADERS})
