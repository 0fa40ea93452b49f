"""The streams that a process has open, and the bytes of each."""

import logging
from collections.abc import Callable, Iterator
from time import monotonic
from typing import TYPE_CHECKING

import gevent
from gevent import getcurrent

from api.errors import CrowdedError, RaglanError, UnavailableError
from api.http.framing import Event, Framing
from api.http.signs import Signs, send_between
from api.http.watching import ended_with_client
from api.http.words import DEFECT
from api.observability.definitions import OPEN_STREAMS, REFUSED_STREAMS
from api.observability.recorder import NOTHING, Recorder
from rag.errors import RagError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

log = logging.getLogger(__name__)

STOPPING = "The server is stopping: ask again in a moment."
FULL = "The server has as many streams open as it may: try again in a moment."


class Streams:
    """The streams that this process has open, no more than `limit`."""

    def __init__(self, limit: int = 1, recorder: Recorder = NOTHING) -> None:
        """Begin with none."""
        self.limit = limit
        self.recorder = recorder
        self.draining = False
        self.open: set[EventStream] = set()
        self.signs = Signs(lambda: self.open)

    def admit(self, stream: "EventStream") -> None:
        """Count a stream in; raises UnavailableError when there is no place or no time for it."""
        if self.draining:
            self.recorder.count(REFUSED_STREAMS, "stopping")
            raise CrowdedError(STOPPING)
        if len(self.open) >= self.limit:
            self.recorder.count(REFUSED_STREAMS, "full")
            raise CrowdedError(FULL)
        self.open.add(stream)
        self.signs.look_after()
        self.recorder.set(OPEN_STREAMS, len(self.open))

    def leave(self, stream: "EventStream") -> None:
        """Release a place."""
        self.open.discard(stream)
        self.recorder.set(OPEN_STREAMS, len(self.open))

    def end_all(self) -> None:
        """End every open stream with the word that the server stops."""
        for stream in list(self.open):
            stream.interrupt()


class EventStream:
    """The body of one stream: each event in the form of its framing.

    `begin` makes the events once there is a place for them. While an event is waited for, a client
    that goes away ends the stream. However it ends, the events' iterator is closed, which ends
    what it waits for. `word` says errors of ours in the words of a door.
    """

    def __init__(
        self,
        begin: Callable[[], Iterator[Event]],
        framing: Framing,
        streams: Streams,
        environ: "WSGIEnvironment",
        word: Callable[[RaglanError], str] = str,
    ) -> None:
        """Reserve a place among the process's streams; what `begin` raises releases it."""
        self.framing = framing
        self.streams = streams
        self.environ = environ
        self.word = word
        self.greenlet: object = None
        self.failed = False
        self.waits_since = 0.0
        streams.admit(self)  # from here on it is looked after, also while it begins
        try:
            self.events = begin()
        except BaseException:  # what ends a greenlet, too: a place must not be lost
            streams.leave(self)
            raise
        self.frames = self.make_frames()

    def __iter__(self) -> Iterator[bytes]:
        """Return the frames."""
        return self.frames

    def make_frames(self) -> Iterator[bytes]:
        """Yield a frame per event; a failure becomes an event, then comes the end."""
        self.greenlet = getcurrent()
        with ended_with_client(self.environ):
            try:
                yield b""  # which sends the headers
                self.waits_since = monotonic()
                for event in self.events:
                    self.waits_since = 0.0
                    yield self.framing.frame(event)
                    self.waits_since = monotonic()
            except RaglanError as error:
                yield self.failure(self.word(error))
            except RagError as error:
                yield self.failure(str(error))
            except Exception:  # a defect must not cut the line without a word
                log.exception("A stream ended in an unexpected error.")
                yield self.failure(DEFECT)
            self.waits_since = 0.0
            yield self.framing.end

    def silence(self, now: float) -> float:
        """Return for how many seconds nothing was sent; 0 while something is being sent."""
        return now - self.waits_since if self.waits_since else 0.0

    def sign(self, now: float) -> None:
        """Send a sign that the answer is still being made."""
        self.waits_since = now
        send_between(self.environ, self.framing.sign)

    def failure(self, sentence: str) -> bytes:
        """Return the frame by which the stream says that it breaks off."""
        self.failed = True
        self.waits_since = 0.0
        return self.framing.frame(self.framing.failure(sentence))

    def interrupt(self) -> None:
        """End the stream with the word that the server stops."""
        if self.greenlet is not None:
            gevent.kill(self.greenlet, UnavailableError(STOPPING))

    def close(self) -> None:
        """End what is still being made, and give the place back."""
        self.streams.leave(self)
        for part in (self.frames, self.events):
            close = getattr(part, "close", None)
            if close is not None:
                close()
