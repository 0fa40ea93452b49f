"""How a web worker ends: it hands the lease on, finishes what it answers, and closes its parts."""

from typing import Any

import gevent

from api.config.live import LiveSettings
from api.container import Services
from api.http.process import WebProcess, web_process
from api.lifecycle.memory import Memory

LOOK_EVERY = 0.2
"""Seconds between two looks at whether this worker is to stop."""


def watch_for_end(worker: Any, live: LiveSettings, grace: float) -> None:
    """Release the lease once the worker is to stop, and end its streams after `grace` seconds.

    gunicorn tells nobody when it gets a TERM, so that this has to look. Until then what still
    arrives is answered, streams too: the clients know nothing of workers.
    """
    memory = Memory(live)
    while worker.alive:
        gevent.sleep(LOOK_EVERY)
        memory.give_back()
        if memory.exceeded():
            worker.alive = False  # as gunicorn does itself after so many requests
    web = web_process(worker.wsgi)
    if web.background is not None:
        gevent.spawn(web.background.stop)
    if web.sockets is not None:
        gevent.spawn(web.sockets.stop)
    gevent.sleep(grace)
    web.streams.draining = True
    web.streams.end_all()


def stop(web: WebProcess) -> None:
    """Stop what goes on beside the requests, and close what is open."""
    for part in web.beside:
        part.stop()
    web.services.tracer.stop()
    web.services.defects.stop()
    close(web.services)


def close(services: Services) -> None:
    """Close the stores and the database."""
    services.chunk_store.close()
    services.database.close_all()  # type: ignore[attr-defined]
