"""What each of gunicorn's hooks does; see gunicorn_config.py."""

import errno
import fcntl
import gc
import logging
import os
import socket
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

import gevent
from flask import Flask
from gevent.monkey import get_original

from api.container import Services, build
from api.db.migrate import migrate
from api.errors import RaglanError, StartError
from api.http.application import attach
from api.http.context import EXTENSION
from api.http.exporter import EXTENSION as EXPORTER
from api.http.exporter import Exporter
from api.http.offloading import HubOffload
from api.http.streaming import EXTENSION as STREAMS
from api.http.streaming import Streams
from api.http.tracing import trace_requests
from api.jobs.background import Background
from api.jobs.monitoring import Monitoring
from api.logs import configure_logging
from api.observability.files import FileRecorder, metrics_folder, open_recorder
from api.observability.folder import bury
from api.settings import BASE_DIR, Settings, load_settings
from rag.errors import RagError
from rag.llm.registry import open_embedder
from rag.tokenizing.tokens import segmenter
from rag.types import run_inline

log = logging.getLogger("raglan")

LOCK = "server.lock"

BACKGROUND = "raglan.background"
MONITORING = "raglan.monitoring"

BOOT_ERROR = 3
"""The status by which a worker tells gunicorn's master that no other would do better."""

LOOK_EVERY = 0.2
"""Seconds between two looks at whether gunicorn has asked this worker to stop."""


def begin() -> Settings:
    """Read the settings and set up logging; ends the process with a line per problem."""
    try:
        settings = load_settings()
    except StartError as error:
        give_up(error)
    configure_logging("web", settings.log.level, settings.log.format)
    return settings


def on_starting(settings: Settings) -> None:
    """Say what starts, and see that it can; ends the process with one line if it cannot."""
    # gunicorn has just made its logger, which would keep its lines to itself.
    logging.getLogger("gunicorn.error").propagate = True
    try:
        prepare_folder(settings.data_path)
        lock_folder(settings.data_path)
        check_port(settings.server.host, settings.server.port)
        build(settings, run_inline)  # opens nothing, but knows every kind of address
    except (RaglanError, RagError) as error:
        give_up(error)
    log.info("Raglan %s in %s", version("raglan"), BASE_DIR)
    log.info("Settings: %s", " ".join(f"{name}={value}" for name, value in settings.masked()))


def when_ready(settings: Settings) -> None:
    """Load what all workers share, and keep the garbage collector from touching it.

    The bundled model and the dictionary of Chinese are memory and nothing else: loaded here they
    are there once, and the first search of a worker does not wait for them.
    """
    segmenter()
    if settings.models.embedding_model == "wordllama@Builtin":
        open_embedder("builtin", "wordllama").embed_query("warm")
    gc.collect()
    gc.freeze()


def post_fork(app: Flask, settings: Settings) -> None:
    """Give a new worker its services, and the database what it lacks."""
    recorder = open_recorder(settings, "web", get_original("threading", "Lock"))
    services = build(settings, HubOffload(settings.server.threads), recorder)
    try:
        prepare_database(services)
    except RaglanError as error:
        log.critical("The server cannot start: %s", error)
        sys.exit(BOOT_ERROR)
    attach(app, services)
    app.extensions[BACKGROUND] = Background(services)
    if isinstance(recorder, FileRecorder):
        app.extensions[EXPORTER] = Exporter(services, recorder.folder)
        app.extensions[MONITORING] = Monitoring(services, app.extensions[BACKGROUND].elector)


def post_worker_init(worker: Any, settings: Settings) -> None:
    """Watch for the end: from now on the worker serves."""
    app: Flask = worker.wsgi
    streams: Streams = app.extensions[STREAMS]
    start_tracing(app, app.extensions[EXTENSION])
    app.extensions[BACKGROUND].start()
    if EXPORTER in app.extensions:
        app.extensions[EXPORTER].start()
        app.extensions[MONITORING].start()
    gevent.spawn(end_streams, worker, streams, settings.server.graceful_timeout / 2)


def start_tracing(app: Flask, services: Services) -> None:
    """Trace requests where a collector is set."""
    services.tracer.start("web", services.database)
    if services.tracer.is_on:
        trace_requests(app, services.tracer)


def worker_exit(worker: Any) -> None:
    """Close what a worker has open."""
    app = getattr(worker, "wsgi", None)
    if worker.pid == os.getpid() and app is not None and EXTENSION in app.extensions:
        app.extensions[BACKGROUND].stop()
        if EXPORTER in app.extensions:
            app.extensions[EXPORTER].stop()
            app.extensions[MONITORING].stop()
        app.extensions[EXTENSION].tracer.stop()
        close(app.extensions[EXTENSION])


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
    migrate(services.database)
    first = services.bootstrap.seed()
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


def end_streams(worker: Any, streams: Streams, grace: float) -> None:
    """Once the worker is asked to stop, take no new stream, and end the open ones after `grace` s.

    gunicorn tells nobody when it gets a TERM, so that this has to look.
    """
    while worker.alive:
        gevent.sleep(LOOK_EVERY)
    streams.draining = True
    gevent.sleep(grace)
    streams.end_all()


def prepare_folder(folder: Path) -> None:
    """Make the data folder; raises StartError if it cannot be made or written to."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StartError(
            f"The data folder {folder} cannot be written to: {error.strerror}."
            " Choose another with RAGLAN_DATA_DIR, or put its rights right."
        ) from error


def lock_folder(folder: Path) -> None:
    """Keep the data folder for this server; raises StartError if another one has it.

    The kernel lets go of the lock when the master and its workers have ended, however they did.
    """
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StartError(
            f"The data folder {folder} is in use by another server. Stop that one, or choose"
            " another folder with RAGLAN_DATA_DIR."
        ) from error


def check_port(host: str, port: int) -> None:
    """Raise StartError if the port cannot be had; gunicorn would try for five seconds."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            taken = "another program listens there" if error.errno == errno.EADDRINUSE else error
            raise StartError(
                f"The server cannot listen on {host}, port {port}: {taken}."
                " Choose with RAGLAN_SERVER__HOST and RAGLAN_SERVER__PORT."
            ) from error


def give_up(error: Exception) -> NoReturn:
    """End the process with the error's lines and nothing else."""
    for line in str(error).splitlines():
        sys.stderr.write(f"raglan: {line}\n")
    sys.exit(1)
