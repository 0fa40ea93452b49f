"""What the client makes of servers that do not answer as they should."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click import ClickException

from api.cli.client import SHORT_PAGE, Client, NoAccessError
from tests.running import free_port

EVENT = b'data:{"code": 0, "data": {"answer": "so far"}}\n\n'


class Faulty(ThreadingHTTPServer):
    """Answers every request with the same `status`, `content_type` and `body`.

    What `script` holds is said first, in turn.
    """

    status = 200
    content_type = "application/json"
    body = b""
    length: int | None = None
    authorization = ""

    def __init__(self) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), Answering)
        self.script: list[object] = []

    def says(self, envelope: object, status: int = 200) -> None:
        """Answer with JSON from now on."""
        self.status, self.body = status, json.dumps(envelope).encode()


class Answering(BaseHTTPRequestHandler):
    """Answers as its server says."""

    def answer(self) -> None:
        """Answer."""
        server = self.server
        assert isinstance(server, Faulty)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if server.script:
            server.says(server.script.pop(0))
        server.authorization = self.headers["Authorization"]
        self.send_response(server.status)
        self.send_header("Content-Type", server.content_type)
        length = len(server.body) if server.length is None else server.length
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(server.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - names that http.server wants

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def server() -> Iterator[Faulty]:
    with Faulty() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def client(server: Faulty) -> Iterator[Client]:
    made = Client(f"http://127.0.0.1:{server.server_port}/", "a key ", "Make another.")
    with made.session:
        yield made


def test_the_key_is_sent_whatever_netrc_says(
    client: Client, server: Faulty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password other\n", "utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server.says({"code": 0, "data": []})
    client.session.trust_env = True
    assert client.datasets() == []
    assert server.authorization == "Bearer a key"


def test_no_proxy_stands_before_this_machine(
    client: Client, server: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    server.says({"code": 0, "data": []})
    assert client.datasets() == []


def test_an_error_is_the_servers_own_sentence(client: Client, server: Faulty) -> None:
    server.says({"code": 102, "message": "No such thing."}, 404)
    with pytest.raises(ClickException, match=r"^No such thing\.$") as caught:
        client.datasets()
    assert not isinstance(caught.value, NoAccessError)


def test_an_error_without_a_sentence_is_shown_as_it_is(client: Client, server: Faulty) -> None:
    server.says({"code": 100, "message": ""}, 500)
    with pytest.raises(ClickException, match="'code': 100"):
        client.datasets()


def test_a_refused_key_is_told_with_what_to_do(client: Client, server: Faulty) -> None:
    server.says({"code": 109, "message": "The key is wrong!"}, 401)
    with pytest.raises(NoAccessError, match=r"^The key is wrong! Make another\.$"):
        client.datasets()


def test_a_key_that_the_later_contract_refuses_is_told_so_too(
    client: Client, server: Faulty
) -> None:
    server.says({"code": 401, "message": "Unauthorized."}, 401)
    with pytest.raises(NoAccessError, match=r"^Unauthorized\. Make another\.$"):
        client.datasets()


def test_lists_are_read_in_short_pages_where_long_ones_are_refused(
    client: Client, server: Faulty
) -> None:
    refusal = {"code": 101, "message": "page_size must be less than or equal to 100"}
    chats = [{"id": str(number), "name": str(number)} for number in range(SHORT_PAGE + 1)]
    pages = [chats[:SHORT_PAGE], chats[SHORT_PAGE:]]
    later = [{"code": 0, "data": {"chats": page, "total": len(chats)}} for page in pages]
    server.script = [refusal, *later]
    assert client.find_chat("100") == "100"
    assert not server.script


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'"text"', b"{}", b"\xff"])
def test_another_kind_of_server_is_told(client: Client, server: Faulty, body: bytes) -> None:
    server.status, server.body = 502, body
    with pytest.raises(NoAccessError, match="answers, but not as a Raglan server"):
        client.datasets()


def test_a_connection_that_is_cut_is_told() -> None:
    client = Client(f"http://127.0.0.1:{free_port()}", "k", "")
    with client.session, pytest.raises(NoAccessError, match=r"No server answers at .*entrypoint"):
        client.datasets()


def test_a_server_without_tls_is_told(server: Faulty) -> None:
    client = Client(f"https://127.0.0.1:{server.server_port}", "k", "")
    with client.session, pytest.raises(NoAccessError, match=r"cannot be trusted"):
        client.datasets()


@pytest.mark.parametrize("url", ["ftp://localhost", "http://", "http://a b/", "http://[::1"])
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(ClickException, match="is no address of a server"):
        Client(url, "k", "").datasets()


@pytest.mark.parametrize("key", ["ключ", "line\nend", "\x00"])
def test_a_key_that_cannot_be_one_is_told(key: str) -> None:
    with pytest.raises(ClickException, match="holds characters that no key has"):
        Client("http://127.0.0.1", key, "")


def streaming(server: Faulty, body: bytes, length: int | None = None) -> None:
    server.content_type, server.body, server.length = "text/event-stream", body, length


def answers(client: Client) -> Iterator[object]:
    with client.send("POST", "/chats/x/completions", stream=True) as response:
        yield from client.answer_events(response)


def test_a_stream_gives_its_events_up_to_the_one_that_ends_it(
    client: Client, server: Faulty
) -> None:
    end = b'data:{"code": 0, "data": true}\n\n'
    streaming(server, b": comment\n\n" + EVENT + end + EVENT)
    assert list(answers(client)) == [{"answer": "so far"}]


@pytest.mark.parametrize(
    ("body", "missing", "why"),
    [
        (EVENT, 10, "broke off its answer"),
        (EVENT, 0, "ended its answer too early"),
        (b"", 0, "ended its answer too early"),
        (EVENT + b'data:{"code": 500, "message": "The model fails."}\n\n', 0, "The model fails"),
        (b'data:{"code": 500}\n\n', 0, "The answer broke off"),
        (b"data:{no json\n\n", 0, "not as a Raglan server"),
        (b"data:[]\n\n", 0, "not as a Raglan server"),
    ],
)
def test_an_answer_that_breaks_off_is_told(
    client: Client, server: Faulty, body: bytes, missing: int, why: str
) -> None:
    streaming(server, body, len(body) + missing)
    with pytest.raises(ClickException, match=why):
        list(answers(client))


def test_an_error_in_place_of_a_stream_is_its_sentence(client: Client, server: Faulty) -> None:
    server.says({"code": 102, "message": "You don't own the chat."}, 404)
    with pytest.raises(ClickException, match="You don't own the chat"):
        list(answers(client))


def test_an_assistant_that_somebody_else_has_just_made_is_used(
    client: Client, server: Faulty
) -> None:
    none: dict[str, object] = {"code": 0, "data": []}
    duplicate = {"code": 102, "message": "Duplicated chat name in creating chat."}
    theirs = {"code": 0, "data": [{"id": "theirs", "name": "name"}]}
    server.script = [none, duplicate, theirs, {"code": 0}]
    assert client.chat("name", []) == "theirs"
    server.script = [none, duplicate, none]
    with pytest.raises(ClickException, match="Duplicated chat name"):
        client.chat("name", [])


@pytest.mark.parametrize("end", ["", "/", "/api/v1", "/api/v1/"])
def test_an_address_may_be_that_of_the_api(end: str) -> None:
    assert Client(f"http://example.org/raglan{end}", "key", "").url == "http://example.org/raglan"
