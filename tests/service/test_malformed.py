"""Requests that are no HTTP, or none that is taken, to a real server on loopback."""

import select
from collections.abc import Iterator

import pytest

from tests.running import end
from tests.service.talking import connect, ended, head, reply_of
from tests.service.web import WebServer

pytestmark = pytest.mark.xdist_group("malformed")  # one server for all

LOGIN = "/v1/user/login"
CHUNKED = head(LOGIN, Content_Type="application/json", Transfer_Encoding="chunked")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    running = WebServer(tmp_path_factory.mktemp("malformed") / "data")
    try:
        running.start()
        yield running
    finally:
        end(running)


def line(text: str) -> bytes:
    return f"{text}\r\nHost: test\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(CHUNKED + b"zz\r\n", 200, id="no size"),
        pytest.param(CHUNKED + b"-5\r\n", 200, id="a negative size"),
        pytest.param(CHUNKED + b"3\r\nabcde", 200, id="a chunk that is too long"),
        pytest.param(CHUNKED + b"5;" + b"x" * 9000, 200, id="a size line without end"),
        pytest.param(CHUNKED + b"0\r\nbad trailer\r\n\r\n", 200, id="a bad trailer"),
        pytest.param(CHUNKED + b"0\r\nA: b\n", 200, id="a bare line feed"),
        pytest.param(head(LOGIN, Transfer_Encoding="gzip, chunked"), 501, id="gzip, chunked"),
        pytest.param(head(LOGIN, Transfer_Encoding="identity, chunked"), 501, id="identity"),
        pytest.param(head(LOGIN, Transfer_Encoding="br"), 501, id="unknown coding"),
        pytest.param(line("GET /health HTTP/4.5"), 400, id="another version"),
        pytest.param(line("GET  HTTP/1.1"), 400, id="no address"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400, id="TLS"),
        pytest.param(head("/" + "x" * 9000, "GET"), 414, id="a long address"),
        pytest.param(head("/health", "GET", Expect="tea"), 417, id="an expectation"),
        pytest.param(head("/health", "GET", X="y" * 9000), 431, id="a long header"),
        pytest.param(head(LOGIN, Content_Length="-1"), 400, id="a negative length"),
    ],
)
def test_what_is_malformed_is_told_in_the_envelope_and_closes(
    server: WebServer, sent: bytes, status: int
) -> None:
    with connect(server) as connection:
        connection.sendall(sent)
        reply = reply_of(connection)
        assert reply.status == status
        assert reply.envelope["code"] == 101
        assert reply.envelope["message"]
        assert reply.headers["x-request-id"]
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["connection"] == "close"
        assert ended(connection)


def test_a_refusal_keeps_the_id_of_a_request_that_could_be_read(server: WebServer) -> None:
    with connect(server) as connection:
        connection.sendall(head(LOGIN, Transfer_Encoding="gzip, chunked", X_Request_Id="mine-1"))
        assert reply_of(connection).headers["x-request-id"] == "mine-1"


def test_no_header_says_where_the_application_stands(server: WebServer) -> None:
    with connect(server) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: test\r\nSCRIPT_NAME: /x\r\n\r\n")
        assert reply_of(connection).status == 200


@pytest.mark.parametrize("size", [(64 << 10) + 1, 17 << 20])
def test_a_body_that_is_too_long_is_refused_and_not_asked_for(server: WebServer, size: int) -> None:
    headers = {"Content_Type": "application/json", "Expect": "100-continue"}
    with connect(server) as connection:
        connection.sendall(head(LOGIN, Content_Length=size, **headers))
        reply = reply_of(connection)
        assert (reply.status, reply.envelope["code"]) == (413, 101)
        assert ended(connection)


def test_a_body_that_is_taken_is_asked_for(server: WebServer) -> None:
    headers = {"Content_Type": "application/json", "Expect": "100-continue"}
    with connect(server) as connection:
        connection.sendall(head(LOGIN, Content_Length=2, **headers))
        select.select([connection], [], [], 10)
        assert connection.recv(64) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        reply = reply_of(connection)
        assert (reply.status, reply.envelope["code"]) == (200, 101)
        assert "Field required" in reply.envelope["message"]


def test_a_chunked_body_to_a_page_for_all_is_read_no_further_than_its_limit(
    server: WebServer,
) -> None:
    chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    with connect(server) as connection:
        connection.sendall(CHUNKED + chunk * 3 + b"0\r\n\r\n")
        reply = reply_of(connection)
        assert (reply.status, reply.envelope["code"]) == (413, 101)
