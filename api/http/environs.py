"""What a page finds of a request, made of gunicorn's as gunicorn does, with less work for each."""

from typing import TYPE_CHECKING, Any

from gunicorn import util
from gunicorn.http import wsgi

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PORTS = {"http": "80", "https": "443"}
BARE = {"CONTENT-TYPE": "CONTENT_TYPE", "CONTENT-LENGTH": "CONTENT_LENGTH"}
"""The headers whose names an environ has as they are."""


def shared_environ(config: Any) -> "WSGIEnvironment":
    """Return what is the same for all requests of a worker.

    gunicorn makes it anew for each, and asks for its logger behind a lock to do so.
    """
    return {**wsgi.base_environ(config), "wsgi.multithread": True, "SCRIPT_NAME": ""}


def environ_of(
    request: Any, connection: Any, client: Any, listener: Any, shared: "WSGIEnvironment"
) -> "WSGIEnvironment":
    """Return the environ of gunicorn's `request`.

    `client` and `listener` are addresses as the system has them: a pair, or a text for a socket
    with a path. Nothing but a proxy says below which path the server stands.
    """
    name, port = place_of(listener, request)
    major, minor = request.version
    environ: WSGIEnvironment = {
        **shared,
        "wsgi.input": request.body,
        "wsgi.url_scheme": request.scheme,
        "gunicorn.socket": connection,
        "REQUEST_METHOD": request.method,
        "PATH_INFO": util.unquote_to_wsgi_str(request.path),
        "QUERY_STRING": request.query,
        "RAW_URI": request.uri,
        "SERVER_PROTOCOL": f"HTTP/{major}.{minor}",
        "SERVER_NAME": name,
        "SERVER_PORT": port,
    }
    repeated: dict[str, list[str]] = {}
    for header, value in request.headers:
        key = BARE.get(header) or "HTTP_" + header.replace("-", "_")
        if key in environ:
            repeated.setdefault(key, [environ[key]]).append(value)
        else:
            environ[key] = value
    for key, values in repeated.items():  # joined at once: a hundred long ones would be copied
        environ[key] = ",".join(values)
    if isinstance(client, tuple):
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client[0], str(client[1])
    else:
        environ["REMOTE_ADDR"] = client.decode() if isinstance(client, bytes) else client
    if request.proxy_protocol_info:
        environ.update(wsgi.proxy_environ(request))
    return environ


def place_of(listener: Any, request: Any) -> tuple[str, str]:
    """Return name and port of the server; where it has a path alone, those that were asked for."""
    if isinstance(listener, tuple):
        return listener[0], str(listener[1])
    hosts = [value for name, value in request.headers if name == "HOST"]
    if not hosts:
        return listener, ""
    name, *port = hosts[-1].split(":")
    return name, port[0] if port else PORTS.get(request.scheme, "")
