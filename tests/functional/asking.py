"""Asking an application very many times: what a test's client prepares takes as long as answers."""

from io import BytesIO
from urllib.parse import unquote_to_bytes, urlencode

from flask.testing import FlaskClient
from werkzeug.test import TestResponse, run_wsgi_app
from werkzeug.wrappers import Request


def ask(
    client: FlaskClient,
    path: str,
    method: str,
    data: bytes = b"",
    content_type: str = "",
    query: dict[str, str] | None = None,
) -> TestResponse:
    """Return the whole answer to a request, sent with the headers of a client and no cookies."""
    environ = {
        **client.environ_base,
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": urlencode(query or {}),
        "REQUEST_URI": path,
        "RAW_URI": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(data)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(data),
        "wsgi.errors": None,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    pieces, status, headers = run_wsgi_app(client.application, environ, buffered=True)
    return TestResponse(pieces, status, headers, Request(environ, populate_request=False))
