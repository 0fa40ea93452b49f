"""The Prometheus exporter: metrics on a port of their own, held by one web worker at a time."""

import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent
from gevent import socket
from gevent.pywsgi import WSGIServer

from api.container import Services
from api.observability.exposition import CONTENT_TYPE, exposition
from rag.locks import hold

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

OWNER = "exporter"
"""The file of which the lock says which worker of this host has the port."""

RETRY = 0.5
BACKLOG = 64

NOT_FOUND = b"Metrics are at /metrics.\n"


class Exporter:
    """Tells of all processes of this host.

    Of the web workers the one that holds a lock listens; the kernel gives the lock to another
    when its holder ends, however it does. The port is not gunicorn's: where a worker is full of
    streams, it still answers here.
    """

    def __init__(self, services: Services, folder: Path) -> None:
        """Initialize with the parts; nothing is opened."""
        self.services = services
        self.folder = folder
        self._owner: int | None = None
        self._greenlet: Any = None
        self._server: Any = None
        self._told = False

    def text(self) -> bytes:
        """Return the metrics; the hub goes on while they are put together."""
        tasks = self.services.task_figures.current()
        figures = {
            **tasks,
            **self.services.operations.registration.figures(),
            **self.services.library.disk.figures(),
        }
        return self.services.execution.offload(exposition, self.folder, figures)

    def start(self) -> None:
        """Begin to compete for the port, unless the settings name none."""
        if self.services.settings.metrics.port:
            self._greenlet = gevent.spawn(self._hold_port)

    def stop(self) -> None:
        """Release the port."""
        if self._greenlet is None:
            return
        # Waits for its end: woken once more, it would lock what is closed below.
        self._greenlet.kill()
        if self._server is not None:
            self._server.close()
        if self._owner is not None:
            os.close(self._owner)

    def _hold_port(self) -> None:
        while not self._owns_port():
            gevent.sleep(RETRY)
        while (listener := self._listen()) is None:
            gevent.sleep(RETRY)
        self._server = WSGIServer(listener, self._answer, log=None, error_log=log)
        log.info("Metrics are at http://%s:%d/metrics.", *listener.getsockname()[:2])
        self._server.serve_forever()

    def _owns_port(self) -> bool:
        with suppress(OSError):  # a full disk; the recorder has said so
            self._owner = hold(self.folder / OWNER)
        return self._owner is not None

    def _listen(self) -> Any:
        settings = self.services.settings.metrics
        try:
            return listening(settings.host, settings.port)
        except OSError as error:
            if not self._told:
                log.warning(
                    "Metrics are at /metrics of the server's own port alone until there is place"
                    " at %s, port %d: %s",
                    settings.host,
                    settings.port,
                    error,
                )
            self._told = True
            return None

    def _answer(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/metrics":
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [NOT_FOUND]
        text = self.text()
        start_response("200 OK", [("Content-Type", CONTENT_TYPE)])
        return [text]


def listening(host: str, port: int) -> Any:
    """Return a socket that listens; raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
