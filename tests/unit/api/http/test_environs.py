"""What pages find of a request: what they would find by gunicorn itself."""

from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader

from api.http.environs import environ_of, shared_environ

OURS = {"wsgi.errors", "wsgi.multithread", "wsgi.early_hints"}
"""What differs: gunicorn's makes the first anew for each request, and nobody asks for the last."""

PEER = ("192.0.2.7", 50123)
PLACE = ("127.0.0.1", 9380)


def parsed(*lines: str) -> Any:
    """Return gunicorn's request of a head and no body."""
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    return Request(Config(), IterUnreader(iter([head])), PEER)


def both(
    request: Any, client: Any = PEER, listener: Any = PLACE
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the environ that we make of a request, and gunicorn's, without what differs."""
    config, connection = Config(), object()
    _, expected = wsgi.create(request, connection, client, listener, config)
    made = environ_of(request, connection, client, listener, shared_environ(config))
    return (
        {key: value for key, value in made.items() if key not in OURS},
        {key: value for key, value in expected.items() if key not in OURS},
    )


@pytest.mark.parametrize(
    "lines",
    [
        ("GET / HTTP/1.1",),
        ("GET /a%20b/%C3%A9?x=1&y=%20 HTTP/1.0", "Host: example.org:8080"),
        ("POST /x HTTP/1.1", "Host: h", "Content-Type: text/plain", "Content-Length: 0"),
        ("POST /x HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"),
        ("GET / HTTP/1.1", "Host: h", "X-One: a", "X-Two: b", "X-One: c", "x-one: d"),
        ("GET / HTTP/1.1", "Host: h", "SCRIPT_NAME: /x", "Script-Name: /y", "X-Word: \xe9"),
        ("OPTIONS * HTTP/1.1", "Host: h"),
    ],
)
def test_a_request_is_told_as_gunicorn_tells_it(lines: tuple[str, ...]) -> None:
    made, expected = both(parsed(*lines))
    assert made == expected


@pytest.mark.parametrize("host", [(), ("Host: example.org",), ("Host: example.org:81",)])
@pytest.mark.parametrize("client", ["", b""])
def test_a_socket_with_a_path_is_told_as_gunicorn_tells_it(
    host: tuple[str, ...], client: str | bytes
) -> None:
    made, expected = both(parsed("GET / HTTP/1.1", *host), client, "/run/raglan.sock")
    assert made == expected


def test_a_proxy_that_speaks_before_the_request_is_believed_as_by_gunicorn() -> None:
    request = parsed("GET / HTTP/1.1", "Host: h")
    request.proxy_protocol_info = {
        "proxy_protocol": "TCP4",
        "client_addr": "198.51.100.1",
        "client_port": 1234,
        "proxy_addr": "192.0.2.1",
        "proxy_port": 443,
    }
    made, expected = both(request)
    assert made == expected


def test_what_one_request_finds_no_other_one_sees() -> None:
    shared = shared_environ(Config())
    first = environ_of(parsed("GET / HTTP/1.1", "X-Own: 1"), None, PEER, PLACE, shared)
    first["raglan.mark"] = True
    second = environ_of(parsed("GET / HTTP/1.1"), None, PEER, PLACE, shared)
    assert not {"raglan.mark", "HTTP_X_OWN"} & second.keys()
    assert "wsgi.input" not in shared
