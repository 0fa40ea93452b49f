"""What each of gunicorn's hooks does; see gunicorn_config.py."""

import gc
import logging
import os
import signal
import sys
from contextlib import suppress
from importlib.metadata import version
from types import FrameType
from typing import Any, NoReturn

import gevent
from flask import Flask
from gevent.monkey import get_original

from api.config.live import LiveSettings, SettingsWatch, differences, name
from api.config.settings import BASE_DIR, Settings
from api.config.sources import load_settings
from api.container import Services, build
from api.datafolder import lock_folder, prepare_folder
from api.db.migrate import migrate
from api.errors import RaglanError, StartError
from api.execution import Execution
from api.http.accepting import log_refusals_briefly
from api.http.application import attach
from api.http.exporter import Exporter
from api.http.offloading import HubOffload, in_greenlet
from api.http.phase import Phase
from api.http.process import web_process
from api.http.tracing import trace_requests
from api.http.worker import Worker
from api.jobs.background import Background
from api.jobs.monitoring import Monitoring
from api.leases.database import migration_lease
from api.logs import configure_logging, set_level
from api.memory import Memory
from api.observability.files import FileRecorder, metrics_folder, open_recorder
from api.observability.folder import bury
from api.processes.descriptors import allow_connections
from api.processes.listening import check_port
from rag.errors import RagError
from rag.llm.registry import open_embedder
from rag.tokenizing.tokens import segmenter

log = logging.getLogger("raglan")

BOOT_ERROR = 3
"""The status by which a worker tells gunicorn's master that no other would do better."""

LOOK_EVERY = 0.2
"""Seconds between two looks at whether this worker is to stop."""

KEPT_ON_RELOAD = ("data_dir", "server.host", "server.port")
"""Settings that a reload cannot change: lock, supervisor and listening socket go by them."""


def begin() -> Settings:
    """Read the settings and set up logging; ends the process with a line per problem."""
    try:
        settings = load_settings()
    except StartError as error:
        give_up(error)
    configure_logging("web", settings.log.level, settings.log.format)
    allow_connections(settings.server.worker_connections)
    return settings


def on_starting(server: Any, settings: Settings) -> None:
    """Say what starts, and see that it can; ends the process with one line if it cannot."""
    server.worker_class = Worker
    # gunicorn has just made its logger, which would keep its lines to itself.
    logging.getLogger("gunicorn.error").propagate = True
    try:
        prepare_folder(settings.data_path)
        lock_folder(settings.data_path)
        check_port(settings.server.host, settings.server.port)
        services = build(settings)  # opens nothing, but knows every kind of address
        services.library.disk.make_room()  # the database is not even read without some
    except (RaglanError, RagError) as error:
        give_up(error)
    log.info("Raglan %s in %s", version("raglan"), BASE_DIR)
    log.info("Settings: %s", " ".join(f"{name}={value}" for name, value in settings.masked()))


def on_reload(server: Any) -> None:
    """Keep to our kind of gevent worker: gunicorn has just gone by its own settings again."""
    server.worker_class = Worker


def when_ready(server: Any, settings: Settings) -> None:
    """Take signals, load what all workers share, and keep the garbage collector from touching it.

    The bundled model and the dictionary of Chinese are memory and nothing else: loaded here they
    are there once, and the first search of a worker does not wait for them.
    """
    Master(server, settings).listen()
    segmenter()
    if settings.models.embedding_model == "wordllama@Builtin":
        open_embedder("builtin", "wordllama").embed_query("warm")
    gc.collect()
    gc.freeze()


def post_fork(app: Flask, settings: Settings) -> None:
    """Give a new worker its services, and the database what it lacks."""
    recorder = open_recorder(settings, "web", get_original("threading", "Lock"))
    # Each thread that hashes keeps the 12 MiB of a hash for the next one; and of those who sign in
    # at once, none is to keep all threads from searches.
    hashing = HubOffload(1)
    execution = Execution(HubOffload(settings.server.threads), hashing, beside=in_greenlet)
    services = build(settings, execution, recorder)
    web = web_process(app)
    try:
        prepare_database(services)
    except RaglanError as error:
        begin_without_database(web.phase, error)
    attach(app, services)
    web.background = background = Background(services)
    if isinstance(recorder, FileRecorder):
        web.exporter = Exporter(services, recorder.folder)
        web.monitoring = Monitoring(services, background.elector)


def begin_without_database(phase: Phase, error: RaglanError) -> None:
    """Go on where others serve what goes without it, until it is back; else end the server."""
    if phase.serving:
        log.error("A worker begins without the database: %s", error)
        return
    if phase.stopping:
        sys.exit(0)  # another has said why already; gunicorn cannot do with two that do
    phase.stop()
    log.critical("The server cannot start: %s", error)
    sys.exit(BOOT_ERROR)


def post_worker_init(worker: Any, settings: Settings) -> None:
    """Follow the settings files, compete for the lease, and watch for the end: it serves now."""
    log_refusals_briefly()
    app: Flask = worker.wsgi
    web = web_process(app)
    live = web.services.live
    live.on_change(lambda changed: set_level(changed.log.level))
    live.on_change(worker.follow)
    SettingsWatch(live).start()
    start_tracing(app, web.services)
    for part in web.beside:
        part.start()
    if web.phase.stopping:
        worker.alive = False  # told to stop before it could hear it
    gevent.spawn(watch_for_end, worker, live, settings.server.graceful_timeout / 2)


def start_tracing(app: Flask, services: Services) -> None:
    """Trace requests where a collector is set."""
    services.tracer.start("web", services.database)
    if services.tracer.is_on:
        trace_requests(app, services.tracer)


def worker_exit(worker: Any) -> None:
    """Close what a worker has open."""
    app = getattr(worker, "wsgi", None)
    if worker.pid != os.getpid() or app is None or not web_process(app).is_attached:
        return
    web = web_process(app)
    for part in web.beside:
        part.stop()
    web.services.tracer.stop()
    close(web.services)


def child_exit(settings: Settings) -> None:
    """Forget what a worker that ended was just doing, as metrics tell it."""
    try:
        bury(metrics_folder(settings))
    except OSError as error:
        log.warning("The metrics of a worker that ended are still told: %s", error)


def on_exit() -> None:
    """Say that it is over."""
    log.info("Raglan has stopped.")


def prepare_database(services: Services) -> None:
    """Migrate and seed a database; a first account that is made here is shown here."""
    migrate(services.database, migration_lease(services.database))
    first = services.accounts.bootstrap.seed()
    if first is not None:
        log.warning(
            "The first account, shown this once: e-mail %s, password %s, API key %s",
            first.email,
            first.password or "as the settings give it",
            first.api_key or "as the settings give it",
        )


def close(services: Services) -> None:
    """Close the stores and the database."""
    services.chunk_store.close()
    services.database.close_all()  # type: ignore[attr-defined]


def watch_for_end(worker: Any, live: LiveSettings, grace: float) -> None:
    """Once the worker is to stop, give the lease to another, and end its streams after `grace` s.

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
    gevent.sleep(grace)
    web.streams.draining = True
    web.streams.end_all()


class Master:
    """What the master does at a signal beside what gunicorn does."""

    def __init__(self, server: Any, settings: Settings) -> None:
        """Remember gunicorn's master and the settings of its start."""
        self.server = server
        self.settings = settings
        self.pid = os.getpid()
        self.phase = web_process(server.app.wsgi()).phase

    def listen(self) -> None:
        """Take the signals over from gunicorn, which gets them from here."""
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
        """Have gunicorn replace the workers, but not by some that could not start."""
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


def give_up(error: Exception) -> NoReturn:
    """End the process with the error's lines and nothing else."""
    for line in str(error).splitlines():
        sys.stderr.write(f"raglan: {line}\n")
    sys.exit(1)
