"""How many files, connections among them, a process may have open at once."""

import logging
import resource

log = logging.getLogger(__name__)

BESIDE = 200
"""What a web worker has open beside its clients' connections: databases, indexes, models, logs."""


def raise_limit() -> int:
    """Allow this process as many as it may allow itself; return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def allow_connections(wanted: int) -> None:
    """Raise the limit, and say it if it stays too low for so many connections of a web worker."""
    limit = raise_limit()
    if limit != resource.RLIM_INFINITY and limit < wanted + BESIDE:
        log.warning(
            "A process may have %d files open, which is too few for server.worker_connections = %d:"
            " connections beyond wait. Raise it to %d (ulimit -Hn, or LimitNOFILE= of systemd), or"
            " lower that setting.",
            limit,
            wanted,
            wanted + BESIDE,
        )
