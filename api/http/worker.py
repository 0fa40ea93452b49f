"""The worker in which gunicorn serves: its own for gevent, with our connections."""

import json
from contextlib import suppress
from typing import Any

from gunicorn.workers.ggevent import GeventWorker

from api.config.settings import Settings
from api.errors import UnavailableError
from api.http.connections import ClientSocket
from api.http.crowd import Crowd, Places

FULL = "Your address has as many connections open as it may: close some, or try again."
REFUSAL = json.dumps({"code": UnavailableError.code, "message": FULL}).encode()
REFUSED = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\nRetry-After: %d\r\nConnection: close\r\n\r\n%b"
    % (len(REFUSAL), UnavailableError.retry_after, REFUSAL)
)


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn comes without types
    """Serves requests on greenlets, from clients that have to keep a pace and leave places."""

    def follow(self, settings: Settings) -> None:
        """Go by settings, at the start and when they have changed."""
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
                refuse(connection)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> Any:
        """Serve one request."""
        sock.request = req
        self.crowd.goes_on(sock)
        try:
            return super().handle_request(listener_name, req, sock, addr)
        finally:
            self.crowd.waits(sock)


def refuse(connection: ClientSocket) -> None:
    """Close a connection with a word, which fits into what the system takes at once."""
    with connection, suppress(OSError):
        connection.sendall(REFUSED)
