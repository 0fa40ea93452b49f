"""What each of gunicorn's hooks does; see gunicorn_config.py."""

import gc
import logging
import os
from importlib.metadata import version
from typing import Any

import gevent
from flask import Flask
from gevent.monkey import get_original

from api.config.places import home
from api.config.settings import Settings
from api.config.sources import left_out
from api.container import Services, build
from api.errors import RaglanError
from api.execution import Execution
from api.http.accepting import log_refusals_briefly
from api.http.answering import Answers
from api.http.application import attach
from api.http.channel_answering import ChannelAnswers
from api.http.exporter import Exporter
from api.http.middleware import Middleware
from api.http.offloading import HubOffload, Later, in_greenlet
from api.http.process import web_process
from api.http.tracing import route_of_request, trace_requests
from api.http.worker import Worker
from api.jobs.background import Background
from api.jobs.monitoring import Monitoring
from api.jobs.telling import Telling
from api.lifecycle.memory import give_back
from api.lifecycle.replacement import Master
from api.lifecycle.start import begin_without_database, check, prepare_database
from api.lifecycle.stop import stop, watch_for_end
from api.logs import set_level
from api.observability.files import FileRecorder, metrics_folder, open_recorder
from api.observability.folder import bury
from api.services.configuration.following import follow_settings
from rag.llm.registry import open_embedder
from rag.loading import loaded
from rag.tokenizing.compounds import load_lexicons
from rag.tokenizing.tokens import segmenter

log = logging.getLogger("raglan")

SOCKETS = "api.http.sockets:Sockets"
"""What holds sockets, loaded where a front end is served."""


def on_starting(server: Any, settings: Settings) -> None:
    """Log what starts, and check that it can; ends the process with one line if it cannot."""
    server.worker_class = Worker
    # gunicorn has just made its logger, which would keep its lines to itself.
    logging.getLogger("gunicorn.error").propagate = True
    check(settings)
    log.info("Raglan %s in %s", version("raglan"), home())
    changed = [f"{name}={value}" for name, value in settings.changed()]
    log.info("Settings beside the defaults: %s", " ".join(changed) or "none")
    if others := left_out():
        told = "; ".join(f"{name} ({why})" for name, why in sorted(others.items()))
        log.warning("Variables of Open WebUI that change nothing here: %s", told)


def on_reload(server: Any) -> None:
    """Set our kind of gevent worker again: gunicorn has just applied its own settings."""
    server.worker_class = Worker


def when_ready(server: Any, settings: Settings) -> None:
    """Handle signals, load what all workers share, and exempt it from garbage collection.

    The bundled model, the dictionary of Chinese and the words of compounds are memory and nothing
    else: loaded here they are there once, and the first search of a worker does not wait for them.
    """
    Master(server, settings).listen()
    segmenter()
    load_lexicons()
    if settings.models.embedding_model == "wordllama@Builtin":
        open_embedder("builtin", "wordllama").embed_query("warm")
    give_back()  # what loading has left free, a tenth of it: workers would share that, too
    gc.freeze()
    gc.enable()  # see `gunicorn_config`


def post_fork(app: Flask, settings: Settings, *, is_first: bool) -> None:
    """Build the services of a new worker, and migrate the database.

    The first worker of a master comes with the start of the server, and no other one does.
    """
    recorder = open_recorder(settings, "web", get_original("threading", "Lock"))
    # Each thread that hashes keeps the 12 MiB of a hash for the next one; and of those who sign in
    # at once, none is to keep all threads from searches.
    hashing = HubOffload(1)
    searching = HubOffload(settings.server.threads)
    execution = Execution(searching, hashing, beside=in_greenlet, later=Later)
    services = build(settings, execution, recorder)
    web = web_process(app)
    try:
        prepare_database(services, is_start=is_first)
    except RaglanError as error:
        begin_without_database(web.phase, error)
    attach(app, services)
    web.background = background = Background(services)
    web.telling = Telling(services.operations.reports, background.name)
    web.trail = services.auditing.trail
    if settings.frontend.dir:
        open_sockets(app, services)
    if isinstance(recorder, FileRecorder):
        web.exporter = Exporter(services, recorder.folder)
        web.monitoring = Monitoring(services, background.elector)


def open_sockets(app: Flask, services: Services) -> None:
    """Hold sockets of a front end in this worker, and make the answers that go through them."""
    web = web_process(app)
    web.sockets = loaded(SOCKETS)(services)
    webui, rooms = services.webui, web.sockets.channels
    parts = (webui.tasks, webui.epilogues, webui.message_events)
    web.answers = Answers(*parts, web.sockets, webui.webhooks)
    web.channel_answers = ChannelAnswers(services.channels.answers, web.answers, rooms)
    if isinstance(app.wsgi_app, Middleware):
        app.wsgi_app.sockets = web.sockets


def post_worker_init(worker: Any, settings: Settings) -> None:
    """Follow the settings, compete for the lease, and watch for the end: it serves now."""
    log_refusals_briefly()
    app: Flask = worker.wsgi
    web = web_process(app)
    live = web.services.live
    live.on_change(lambda changed: set_level(changed.log.level))
    live.on_change(worker.follow)
    web.services.configuration.stored.on_look = web.services.accounts.remembered.see
    follow_settings(web.services.configuration, live)
    start_tracing(app, web.services)
    web.services.defects.start("web", route_of_request)
    for part in web.beside:
        part.start()
    if web.phase.stopping:
        worker.alive = False  # told to stop before it could hear it
    gc.freeze()  # what the worker has until its end is not to be looked through for garbage
    gevent.spawn(watch_for_end, worker, live, settings.server.graceful_timeout / 2)


def start_tracing(app: Flask, services: Services) -> None:
    """Trace requests where a collector is set."""
    services.tracer.start("web", services.database)
    if services.tracer.is_on:
        trace_requests(app, services.tracer)


def worker_exit(worker: Any) -> None:
    """Close what a worker has open."""
    app = getattr(worker, "wsgi", None)
    if worker.pid == os.getpid() and app is not None and web_process(app).is_attached:
        stop(web_process(app))


def child_exit(settings: Settings) -> None:
    """Remove the gauges of a worker that ended."""
    try:
        bury(metrics_folder(settings))
    except OSError as error:
        log.warning("The metrics of a worker that ended are still told: %s", error)


def on_exit() -> None:
    """Log that the server has ended."""
    log.info("Raglan has stopped.")
