"""Bodies that do not come or come too slowly, to a real server on loopback."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import requests

from tests.running import KEY, end, wait_until
from tests.service.talking import answered, connect, ended, head, reply_of
from tests.service.web import WebServer

pytestmark = pytest.mark.xdist_group("slow-bodies")  # one server for all

JSON = {"Content_Type": "application/json"}
LOGIN = "/v1/user/login"
SILENCE = 0.5
PAUSE = 0.75
"""Seconds between two pieces of a body: too many for one who has no key, few for others."""

LIMITS = {
    "RAGLAN_CLIENTS__BODY_SILENCE": "5",
    "RAGLAN_CLIENTS__BODY_GRACE": "5",
    "RAGLAN_CLIENTS__ANSWER_SILENCE": "2",
    "RAGLAN_CLIENTS__ANONYMOUS_BODY_SILENCE": str(SILENCE),
    "RAGLAN_CLIENTS__ANONYMOUS_BODY_GRACE": "1",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    running = WebServer(tmp_path_factory.mktemp("slow") / "data", extra=LIMITS)
    try:
        running.start()
        yield running
    finally:
        end(running)


def announced(size: int) -> bytes:
    return head(LOGIN, **JSON, Content_Length=size)


CHUNKED = head(LOGIN, **JSON, Transfer_Encoding="chunked")


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(announced(300), id="announced, silent"),
        pytest.param(announced(300) + b'{"email": "a@b.', id="half a body"),
        pytest.param(CHUNKED, id="chunked, silent"),
        pytest.param(CHUNKED + b'8\r\n{"email"\r\n', id="chunked, half"),
        pytest.param(CHUNKED + b"40", id="chunked, half a size"),
    ],
)
def test_a_silent_body_is_cut_off_with_a_word_while_others_are_served(
    server: WebServer, sent: bytes
) -> None:
    with connect(server) as connection:
        connection.sendall(sent)
        assert server.data_of("GET", "/datasets") is not None
        reply = reply_of(connection)
        assert reply.status == 408
        assert reply.headers["connection"] == "close"
        assert reply.headers["x-request-id"]
        assert reply.envelope["code"] == 101
        assert "came too slowly" in reply.envelope["message"]
        assert ended(connection)
    assert "127.0.0.1 is cut off. The body of the request came too slowly" in server.log


def test_a_body_that_drips_is_cut_off_although_it_is_never_silent(server: WebServer) -> None:
    with connect(server) as connection:
        connection.sendall(announced(300))
        dripped = 0
        while not answered(connection, SILENCE / 5):
            connection.sendall(b" ")
            dripped += 1
            assert dripped < 300, "the whole body was waited for"
        assert dripped > 1
        reply = reply_of(connection)
        assert (reply.status, reply.envelope["code"]) == (408, 101)
        assert ended(connection)


def test_a_wrong_key_earns_no_patience(server: WebServer) -> None:
    with connect(server) as connection:
        key = "Bearer nobody's"
        connection.sendall(head(LOGIN, **JSON, Content_Length=9, Authorization=key))
        assert reply_of(connection).status == 408
    with connect(server) as connection:
        connection.sendall(head("/api/v1/datasets", **JSON, Content_Length=9, Authorization=key))
        assert reply_of(connection).status == 401


def test_who_has_a_key_is_waited_for_longer_but_not_for_ever(server: WebServer) -> None:
    with connect(server) as connection:
        key = f"Bearer {KEY}"
        connection.sendall(head("/api/v1/datasets", **JSON, Content_Length=9, Authorization=key))
        assert not answered(connection, SILENCE * 2)
        reply = reply_of(connection)
        assert (reply.status, reply.headers["connection"]) == (408, "close")
        assert ended(connection)


def test_an_upload_that_stops_half_way_leaves_nothing(server: WebServer) -> None:
    dataset = server.dataset("stopped")
    body = part("half.txt") + bytes(2000)
    with connect(server) as connection:
        connection.sendall(upload_head(dataset, len(body) + 1) + body)
        assert reply_of(connection).status == 408
        assert ended(connection)
    assert server.data_of("GET", f"/datasets/{dataset}/documents")["total"] == 0


def test_an_upload_over_a_slow_line_goes_on(server: WebServer) -> None:
    dataset = server.dataset("slow line")
    content = b"0123456789abcdef" * 2400
    pieces = [content[at : at + 3840] for at in range(0, len(content), 3840)]
    body_end = b"\r\n--edge--\r\n"
    size = len(part("slow.txt")) + len(content) + len(body_end)
    with connect(server) as connection:
        connection.sendall(upload_head(dataset, size) + part("slow.txt"))
        for piece in pieces:  # longer in all than body_grace
            assert not answered(connection, PAUSE)
            connection.sendall(piece)
        connection.sendall(body_end)
        reply = reply_of(connection)
        assert (reply.status, reply.envelope["code"]) == (200, 0)
        assert reply.headers["connection"] == "keep-alive"
    [document] = reply.envelope["data"]
    path = f"/api/v1/datasets/{dataset}/documents/{document['id']}"
    headers = {"Authorization": f"Bearer {KEY}"}
    assert requests.get(server.url + path, headers=headers, timeout=60).content == content


def test_many_silent_bodies_hold_up_nobody_and_all_end(server: WebServer) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(connect(server)) for _ in range(40)]
        for connection in silent:
            connection.sendall(announced(300))
        assert requests.get(f"{server.url}/health", timeout=60).status_code == 200
        assert {reply_of(connection).status for connection in silent} == {408}
        assert all(ended(connection) for connection in silent)


def test_who_does_not_read_an_answer_loses_it(server: WebServer) -> None:
    dataset = server.dataset("unread")
    content = bytes(24 << 20)
    [document] = server.upload(dataset, ("large.bin.txt", content))
    with connect(server) as connection:
        path = f"/api/v1/datasets/{dataset}/documents/{document}"
        connection.sendall(head(path, "GET", Authorization=f"Bearer {KEY}"))
        wait_until(lambda: "127.0.0.1 took nothing of its answer" in server.log, "the end")
        taken = 0
        while data := connection.recv(1 << 20):
            taken += len(data)
        assert taken < len(content)
    assert "Socket error" not in server.log
    headers = {"Authorization": f"Bearer {KEY}"}
    assert requests.get(server.url + path, headers=headers, timeout=60).content == content


def upload_head(dataset: str, size: int) -> bytes:
    return head(
        f"/api/v1/datasets/{dataset}/documents",
        Authorization=f"Bearer {KEY}",
        Content_Type="multipart/form-data; boundary=edge",
        Content_Length=size,
    )


def part(name: str) -> bytes:
    disposition = f'Content-Disposition: form-data; name="file"; filename="{name}"'
    return f"--edge\r\n{disposition}\r\nContent-Type: text/plain\r\n\r\n".encode()
