"""The worker in which gunicorn serves: its own for gevent, with our connections."""

from typing import Any

from gunicorn.workers.ggevent import GeventWorker

from api.http.connections import ClientSocket


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn comes without types
    """Serves requests on greenlets, from clients that have to keep a pace."""

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve the requests of a connection until it ends."""
        address = addr[0] if isinstance(addr, tuple) else "local"
        super().handle(listener, ClientSocket(client, address), addr)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> Any:
        """Serve one request."""
        sock.request = req
        return super().handle_request(listener_name, req, sock, addr)
