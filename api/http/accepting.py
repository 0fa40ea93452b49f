"""Connections that cannot be taken, because this process may open no more files."""

import errno
import logging
import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent.baseserver import BaseServer

log = logging.getLogger(__name__)

NONE_LEFT = frozenset({errno.EMFILE, errno.ENFILE})
QUIET_SECONDS = 60.0

Report = Callable[[Any, Any, Any, Any], None]
"""Takes what an error happened in, its kind, the error and its traceback, as gevent's hub does."""


class Refusals:
    """Says once a minute how many connections were not taken; gevent prints a traceback for each.

    They wait in the listening socket, and gevent tries again, later each time up to a second.
    """

    def __init__(self, otherwise: Report) -> None:
        """Initialize with what reports all other errors."""
        self._otherwise = otherwise
        self._count = 0
        self._due = 0.0

    def report(self, context: Any, kind: Any, error: Any, trace: Any) -> None:
        """Report an error that nobody caught."""
        accepting = isinstance(context, BaseServer) and isinstance(error, OSError)
        if not accepting or error.errno not in NONE_LEFT:
            self._otherwise(context, kind, error, trace)
            return
        self._count += 1
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + QUIET_SECONDS
            # In a greenlet of its own: the hub must not wait for the log.
            gevent.spawn(self._log, self._count, error)
            self._count = 0

    def _log(self, count: int, error: OSError) -> None:
        log.warning(
            "Connections wait, as none could be taken %d times: %s. This is said once a minute;"
            " raise the limit of open files, or lower server.worker_connections.",
            count,
            error.strerror,
        )


def log_refusals_briefly() -> None:
    """Log what the hub of this thread cannot accept, in one line now and then."""
    hub: Any = gevent.get_hub()
    hub.print_exception = Refusals(hub.print_exception).report
