"""The worker in which gunicorn serves: its own for gevent, with our connections."""

import copy
import socket
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gevent import GreenletExit
from gunicorn import util
from gunicorn.http.errors import UnsupportedTransferCoding
from gunicorn.workers.ggevent import GeventWorker

from api.config.settings import Settings
from api.http.connections import ClientSocket
from api.http.crowd import Crowd, Places
from api.http.door import Door
from api.http.environs import environ_of, shared_environ
from api.http.middleware import HEADER, identity_of
from api.http.process import web_process
from api.http.refusals import Page, crowded, refused
from api.http.replies import Reply
from api.http.turns import give_way
from api.http.vouching import SENT
from api.logs import request_id

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

RECEIVED_AT_ONCE = 64 << 10
"""Bytes; gunicorn takes 8 KB at a time, which costs more than what comes of it."""


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn comes without types
    """Serves requests on greenlets, from clients that have to keep a pace and leave places."""

    cfg: Any
    alive: bool

    def __init__(self, *args: Any, **given: Any) -> None:
        """Initialize as gunicorn does; nothing is opened."""
        super().__init__(*args, **given)
        self.cfg = settled(self.cfg)

    @cached_property
    def shared(self) -> "WSGIEnvironment":
        """Return what the environs of all requests have in common."""
        return shared_environ(self.cfg)

    def follow(self, settings: Settings) -> None:
        """Apply settings, at the start and when they have changed."""
        self.crowd.places = Places.of(settings)
        self.patience = settings.clients.answer_silence

    def init_process(self) -> None:
        """Serve until the end."""
        self.crowd = Crowd(Places.of(Settings()))
        self.patience = Settings().clients.answer_silence
        super().init_process()

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve the requests of a connection until it ends."""
        address = addr[0] if isinstance(addr, tuple) else "local"
        connection = ClientSocket(client, address, self.crowd, self.patience)
        with self.crowd.joined(connection) as welcome:
            if welcome:
                self.crowd.waits(connection)
                super().handle(listener, connection, addr)
            else:
                refuse(connection, web_process(self.wsgi).doors.default)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> Any:
        """Serve one request; raises UnsupportedTransferCoding for a body that is packed.

        A client that announced a body and waits is asked for it when the body is read, where
        gunicorn asks at once: so it learns of a refusal before it sends.
        """
        for coding in header_values(req, "TRANSFER-ENCODING"):
            if coding.strip().lower() != "chunked":
                raise UnsupportedTransferCoding(coding)
        sock.request = req
        req.unreader.mxchunk = RECEIVED_AT_ONCE
        sock.expectant = req._expected_100_continue  # noqa: SLF001 - it has no other name
        req._expected_100_continue = False  # noqa: SLF001
        self.crowd.goes_on(sock)
        try:
            give_way()
            self.answer(listener_name, req, sock, addr)
        finally:
            self.crowd.waits(sock)

    def answer(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        """Answer a request as gunicorn does, but for its hooks, of which there are none.

        Raises StopIteration where the connection is to be closed.
        """
        begun = datetime.now(UTC)
        reply = Reply(req, sock, self.cfg)
        environ = environ_of(req, sock, addr, listener_name, self.shared)
        environ[SENT] = req.headers
        self.count()
        if not self.alive or not self.cfg.keepalive:
            reply.force_close()
        try:
            self.send(reply, environ)
        except (GreenletExit, SystemExit):  # the client has gone, or has been waited for enough
            return
        except OSError:
            raise
        except Exception:
            if not reply.headers_sent:
                raise
            self.log.exception("Error handling request")
            reply.force_close()
            cut(sock)
        finally:
            if self.log.access_log_enabled:
                self.log.access(reply, req, environ, datetime.now(UTC) - begun)
        if reply.should_close():
            raise StopIteration

    def count(self) -> None:
        """Count a request, after the last of which the worker is to be replaced."""
        self.nr += 1
        if self.nr >= self.max_requests and self.alive:
            self.log.info("Autorestarting worker after current request.")
            self.alive = False

    def send(self, reply: Reply, environ: Any) -> None:
        """Have an answer made, and send it block by block."""
        body = self.wsgi(environ, reply.start_response)
        try:
            for block in body:
                reply.write(block)
            reply.close()
        finally:
            if hasattr(body, "close"):
                body.close()

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer what gunicorn refuses, or cannot do, with the words of a door and a request id."""
        identity = identity_of("".join(header_values(req, HEADER.upper())))
        request_id.set(identity)
        page = Page()
        super().handle_error(req, page, addr, exc)
        if page.sent:
            with suppress(OSError):  # the client is gone
                door = web_process(self.wsgi).doors.of(getattr(req, "path", None) or "")
                util.write_nonblock(client, refused(door, page.status, identity))


def settled(config: Any) -> Any:
    """Return gunicorn's configuration with its values as plain attributes.

    It looks each up in two steps, which a request does two dozen times. A worker's stay as they
    are: where they change, the master starts other workers.
    """
    found = copy.copy(config)
    vars(found).update({name: setting.get() for name, setting in config.settings.items()})
    return found


def cut(connection: Any) -> None:
    """Close a connection in the middle of an answer, so that nobody takes it for a whole one."""
    with suppress(OSError):  # the client is gone
        connection.shutdown(socket.SHUT_RDWR)
        connection.close()


def header_values(req: Any, name: str) -> list[str]:
    """Return the values of a header of gunicorn's request, which may be None or half read."""
    return [value for key, value in getattr(req, "headers", ()) if key == name]


def refuse(connection: ClientSocket, door: Door) -> None:
    """Close a connection with a word, which fits into what the system takes at once."""
    with connection, suppress(OSError):
        connection.sendall(crowded(door))
