"""What the master does at signals: stop in order, and reload only what can start."""

import logging
import os
import signal
from contextlib import suppress
from types import FrameType
from typing import Any

import gevent

from api.config.live import differences, name
from api.config.settings import Settings
from api.config.sources import load_settings
from api.container import build
from api.errors import RaglanError
from api.http.process import web_process
from rag.errors import RagError

log = logging.getLogger("raglan")

KEPT_ON_RELOAD = ("data_dir", "server.host", "server.port")
"""Settings that a reload cannot change: lock, supervisor and listening socket go by them."""


class Master:
    """What the master does at a signal beside what gunicorn does."""

    def __init__(self, server: Any, settings: Settings) -> None:
        """Initialize with gunicorn's master and the settings of its start."""
        self.server = server
        self.settings = settings
        self.pid = os.getpid()
        self.phase = web_process(server.app.wsgi()).phase

    def listen(self) -> None:
        """Handle the signals in place of gunicorn, to which they are forwarded."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, self.stop)
        signal.signal(signal.SIGHUP, self.hang_up)

    def stop(self, number: int, frame: FrameType | None) -> None:
        """Stop in order at the first TERM, at once at the second; log nothing, as a handler."""
        if os.getpid() == self.pid:  # a worker has this handler, too, until it has its own
            if number == signal.SIGTERM and self.phase.stopping:
                number = signal.SIGQUIT
            self.phase.stop()
            # Not only gunicorn, which may be waiting for the workers from before a reload.
            for worker in list(self.server.WORKERS):
                with suppress(ProcessLookupError):
                    os.kill(worker, number)
        self.server.signal(number, frame)

    def hang_up(self, _number: int, _frame: FrameType | None) -> None:
        """Reload soon: a handler must not log."""
        gevent.spawn(self.reload)

    def reload(self) -> None:
        """Replace the workers through gunicorn, but not by some that could not start."""
        try:
            settings = load_settings()
            build(settings)
        except (RaglanError, RagError) as error:
            log.error("Nothing is reloaded: %s", " ".join(str(error).splitlines()))  # noqa: TRY400
            return
        changed = {name(*path[:2]) for path in differences(self.settings, settings)}
        if kept := changed.intersection(KEPT_ON_RELOAD):
            log.error("Nothing is reloaded: %s need a stop and a start.", ", ".join(sorted(kept)))
            return
        self.server.signal(signal.SIGHUP, None)
