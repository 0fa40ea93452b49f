"""Our application, and a bare one, behind gunicorn's gevent worker in this process.

Who imports this has patched what gevent patches. gunicorn_config.py is not read: the worker of our
application gets what of it each request pays for from here, and all else as gunicorn has it.
"""

import os
from collections.abc import Callable
from pathlib import Path

import gevent
import orjson
from flask import Flask
from gevent import socket
from gevent.monkey import get_original
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.ggevent import GeventWorker

from api.config.settings import Settings
from api.config.sources import load_settings
from api.container import Services, build
from api.db.migrate import migrate
from api.execution import Execution
from api.http.application import attach, create_app
from api.http.crowd import Crowd, Places
from api.http.offloading import HubOffload, Later, in_greenlet
from api.http.worker import Worker
from api.leases.database import migration_lease
from api.observability.files import open_recorder

ADDRESS = ("127.0.0.1", 80)
AS_CONFIGURED = {
    "forwarder_headers": "",
    "secure_scheme_headers": {},
    "forwarded_allow_ips": "*",
}
"""What gunicorn_config.py sets that each request pays for; the reference has gunicorn's own."""

Call = Callable[[], object]


class Listener:
    """Where connections would come from."""

    def getsockname(self) -> tuple[str, int]:
        """Return an address."""
        return ADDRESS


class Served:
    """A WSGI application behind a worker of gunicorn's that runs in this process."""

    def __init__(self, kind: type[GeventWorker], app: Flask, settings: Settings) -> None:
        """Connect a client to a worker that nobody supervises."""
        config = Config()
        config.set("keepalive", 600)
        if issubclass(kind, Worker):
            for name, value in AS_CONFIGURED.items():
                config.set(name, value)
        self.worker = kind(0, 0, [], app, 60, config, Logger(config))
        self.worker.wsgi = app
        if isinstance(self.worker, Worker):
            self.worker.crowd = Crowd(Places.of(settings))
            self.worker.patience = settings.clients.answer_silence
        self.client, server = socket.socketpair()
        gevent.spawn(self.worker.handle, Listener(), server, ADDRESS)

    def ask(self, request: bytes) -> bytes:
        """Return the body of the answer; stops the run where it is no success."""
        self.client.sendall(request)
        answer = self.client.recv(1 << 20)
        while b"\r\n\r\n" not in answer:
            answer += self.client.recv(1 << 20)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), answer[:1000]
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += self.client.recv(1 << 20)
        return body


def request(method: str, path: str, key: str = "", body: object = None) -> bytes:
    """Return a request as a client sends it."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Accept: application/json"]
    text = b"" if body is None else orjson.dumps(body)
    if key:
        lines.append(f"Authorization: Bearer {key}")
    if text:
        lines += ["Content-Type: application/json", f"Content-Length: {len(text)}"]
    return "\r\n".join([*lines, "", ""]).encode() + text


def started(folder: Path) -> tuple[Flask, Services]:
    """Return our application with its services, as a web worker has them."""
    (folder / "data").mkdir()
    given = {
        "RAGLAN_DATA_DIR": str(folder / "data"),
        "RAGLAN_LOG__LEVEL": "WARNING",
        "RAGLAN_LOG__ACCESS": "false",
    }
    os.environ.update(given)  # what follows the settings reads it again
    settings = load_settings(given, conf_dir=folder)
    execution = Execution(HubOffload(4), HubOffload(1), beside=in_greenlet, later=Later)
    recorder = open_recorder(settings, "web", get_original("threading", "Lock"))
    services = build(settings, execution, recorder)
    migrate(services.database, migration_lease(services.database))
    app = create_app()
    attach(app, services)
    return app, services


def hello(app: Flask, address: str, work: Call = str) -> None:
    """Add a page to a bare application: it does some work and says hello."""

    def page() -> str:
        work()
        return "hello"

    app.add_url_rule(address, address, page)
