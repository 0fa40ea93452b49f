"""What one web process consists of, in one place for pages, gunicorn's hooks and tests."""

from typing import TYPE_CHECKING, Protocol

from flask import Flask

from api.container import Services
from api.http.current import this_app
from api.http.door import Doors
from api.http.phase import Phase
from api.http.streams import Streams

if TYPE_CHECKING:
    from api.http.answering import Answers
    from api.http.channel_answering import ChannelAnswers
    from api.http.exporter import Exporter
    from api.http.sockets import Sockets
    from api.observability.tracing.base import Tracer

EXTENSION = "raglan"


class Runs(Protocol):
    """Something that goes on beside the requests of a process."""

    def start(self) -> None:
        """Begin."""
        ...

    def stop(self) -> None:
        """End, also what never began."""
        ...


class WebProcess:
    """The parts of a web process; those that need services are there once it is attached."""

    def __init__(self, doors: Doors) -> None:
        """Begin with nothing open, as gunicorn's master does."""
        self.doors = doors
        self.phase = Phase()
        self.streams = Streams()
        self.tracer: Tracer | None = None
        self.exporter: Exporter | None = None
        self.background: Runs | None = None
        self.monitoring: Runs | None = None
        self.telling: Runs | None = None
        self.trail: Runs | None = None
        self.sockets: Sockets | None = None
        self.answers: Answers | None = None
        self.channel_answers: ChannelAnswers | None = None
        self._services: Services | None = None

    @property
    def services(self) -> Services:
        """Return the services of this process; raises RuntimeError while there are none."""
        if self._services is None:
            raise RuntimeError("The process has no services yet.")
        return self._services

    @property
    def is_attached(self) -> bool:
        """Return whether there are services."""
        return self._services is not None

    def attach(self, services: Services) -> None:
        """Attach the services of this process."""
        self._services = services
        self.streams = Streams(recorder=services.recorder)

    @property
    def beside(self) -> tuple[Runs, ...]:
        """Return what goes on beside the requests, in the order in which it starts."""
        first = (self.trail, self.background, self.answers, self.channel_answers, self.sockets)
        parts = (*first, self.exporter, self.monitoring, self.telling)
        return tuple(part for part in parts if part is not None)


def install(app: Flask, web: WebProcess) -> None:
    """Register what an application provides."""
    app.extensions[EXTENSION] = web


def web_process(app: Flask | None = None) -> WebProcess:
    """Return the process of an application, of the one that answers now if none is given."""
    # Flask keeps what belongs to an application in a map of anything.
    found: WebProcess = (this_app() if app is None else app).extensions[EXTENSION]
    return found
