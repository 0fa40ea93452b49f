"""Retries, refusals and time limits of an endpoint."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rag.errors import ConfigurationError, EndpointRefusalError, ModelError, ModelUnavailableError
from rag.llm.base import ModelSpec
from rag.llm.endpoint import Endpoint, RetryPolicy
from tests.model_endpoint import ModelEndpoint, Reply, serve

KEY = "sk-very-secret"
QUICK = RetryPolicy(retries=2, pause=0.001)


def ask(url: str, *, timeout: float = 20.0, key: str = KEY) -> bytes:
    with Endpoint(ModelSpec("m", url, key, timeout=timeout), QUICK).post("/x", {}) as response:
        return response.data


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 529])
def test_a_passing_failure_is_tried_again(endpoint: ModelEndpoint, status: int) -> None:
    endpoint.script.extend([Reply(status)] * 2 + [Reply(pieces=[b"good"])])
    assert ask(endpoint.url) == b"good"
    assert len(endpoint.received) == 3


def test_a_failure_that_stays_is_unavailability(endpoint: ModelEndpoint) -> None:
    error = b'{"error": {"message": "overloaded"}}'
    endpoint.script.extend([Reply(503, [error])] * 3 + [Reply()])
    with pytest.raises(ModelUnavailableError, match="answered HTTP 503: overloaded") as caught:
        ask(endpoint.url)
    assert len(endpoint.received) == 3
    assert str(caught.value) == f"The model m at {endpoint.url} answered HTTP 503: overloaded."


def test_a_lost_connection_is_tried_again(endpoint: ModelEndpoint) -> None:
    endpoint.script.extend([Reply(silent=True, cut=True), Reply(pieces=[b"good"])])
    assert ask(endpoint.url) == b"good"
    assert len(endpoint.received) == 2


def test_a_closed_port_is_unavailability() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(ModelUnavailableError, match="could not be reached"):
        ask(f"http://127.0.0.1:{port}/v1")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_a_refusal_is_not_tried_again(endpoint: ModelEndpoint, status: int) -> None:
    endpoint.script.append(Reply(status, [b'{"error": "no such model"}']))
    with pytest.raises(EndpointRefusalError, match=f"HTTP {status}: no such model") as caught:
        ask(endpoint.url)
    assert caught.value.status == status
    assert len(endpoint.received) == 1


def test_what_the_endpoint_says_is_cut_and_never_shows_the_key(endpoint: ModelEndpoint) -> None:
    said = ("x" * 290 + " " + KEY + " in a text\nof many words " * 50).encode()
    endpoint.script.append(Reply(401, [said], content_type="text/plain"))
    with pytest.raises(ModelError) as caught:
        ask(endpoint.url)
    message = str(caught.value)
    assert "sk-" not in message
    assert len(message) < 400
    assert "\n" not in message


def test_an_error_text_that_breaks_off_is_still_a_refusal(endpoint: ModelEndpoint) -> None:
    endpoint.script.append(Reply(400, [b"half"], cut=True))
    with pytest.raises(EndpointRefusalError, match="HTTP 400"):
        ask(endpoint.url)


def test_an_unknown_server_error_is_unavailability_at_once(endpoint: ModelEndpoint) -> None:
    endpoint.script.append(Reply(501, [b"[]"]))
    with pytest.raises(ModelUnavailableError, match="HTTP 501"):
        ask(endpoint.url)
    assert len(endpoint.received) == 1


def test_silence_ends_with_the_time_limit_and_is_not_repeated(endpoint: ModelEndpoint) -> None:
    endpoint.script.append(Reply(silent=True, hold=True))
    with pytest.raises(ModelUnavailableError, match=r"sent nothing for 0\.2 seconds"):
        ask(endpoint.url, timeout=0.2)
    assert len(endpoint.received) == 1
    assert endpoint.gone.wait(10)


def test_somebody_who_takes_connections_and_never_answers_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ModelUnavailableError, match=r"sent nothing for 0\.2 seconds"):
            ask(f"http://127.0.0.1:{port}/v1", timeout=0.2)


def test_the_kernel_notices_connections_that_the_network_forgot(endpoint: ModelEndpoint) -> None:
    asked = Endpoint(ModelSpec("m", endpoint.url), QUICK)
    endpoint.script.append(Reply(pieces=[b"one"], hold=True))
    with asked.post("/x", {}) as response:
        held = response.connection.sock
        assert held.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        assert [held.getsockopt(socket.IPPROTO_TCP, option) for option in options] == [10, 5, 3]
        assert held.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000


@contextmanager
def parting(last: bytes | None) -> Iterator[tuple[str, threading.Event, threading.Event]]:
    """Run who answers once on each connection, and sends `last` or closes when it is told to."""
    told, done = threading.Event(), threading.Event()

    def answer(said: bytes) -> socket.socket:
        connection, _ = listener.accept()
        asked = b""
        while not asked.endswith(b"{}"):
            asked += connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + said)
        return connection

    def serve_two() -> None:
        with answer(b"one") as first:
            told.wait(20)
            first.sendall(last) if last else first.close()
            done.set()
            answer(b"two").close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve_two)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1", told, done
        thread.join()


@pytest.mark.parametrize("last", [None, b"HTTP/1.1 408 Request Timeout\r\n\r\n"])
def test_a_connection_that_ended_unused_serves_no_other_call(last: bytes | None) -> None:
    with parting(last) as (url, told, done):
        asked = Endpoint(ModelSpec("m", url, timeout=20.0), RetryPolicy(retries=0))
        with asked.post("/x", {}) as response:
            assert response.data == b"one"
        told.set()
        assert done.wait(20)
        with asked.post("/x", {}) as response:
            assert response.data == b"two"


@pytest.mark.parametrize("key", ["k\nX: y", "k\r", "k\0", "k€", "ключ", "k\x7f", "k\x85"])
def test_a_key_that_no_header_can_hold_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ConfigurationError, match="The API key of the model m holds") as caught:
        ask("http://127.0.0.1:9/v1", key=key)
    assert key not in str(caught.value)


def test_a_key_in_latin_1_is_sent(endpoint: ModelEndpoint) -> None:
    endpoint.script.append(Reply())
    ask(endpoint.url, key="clé 1")
    assert endpoint.received[0].headers["Authorization"] == "Bearer clé 1"


def test_a_redirect_is_not_followed(endpoint: ModelEndpoint) -> None:
    with serve() as other:
        place = {"Location": other.url + "/x"}
        endpoint.script.append(Reply(307, headers=place))
        with pytest.raises(ModelError, match=r"redirects elsewhere \(HTTP 307\); set base_url"):
            ask(endpoint.url)
        assert other.received == []


def test_an_address_that_is_none_is_an_error() -> None:
    with pytest.raises(ModelError, match="could not be asked"):
        ask("http://[half/v1")


def test_a_key_of_netrc_is_never_sent(
    endpoint: ModelEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password other-secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    endpoint.script.extend([Reply(), Reply()])
    for key in (KEY, ""):
        ask(endpoint.url, key=key)
    sent = [request.headers.get("Authorization") for request in endpoint.received]
    assert sent == [f"Bearer {KEY}", None]


def test_pauses_double_and_keep_their_bounds() -> None:
    policy = RetryPolicy(pause=1.0)
    for attempt, longest in ((0, 1), (1, 2), (2, 4), (9, 30)):
        pauses = {policy.seconds(attempt, "") for _ in range(50)}
        assert all(longest / 2 <= pause <= longest for pause in pauses)
        assert len(pauses) > 1


@pytest.mark.parametrize(("header", "seconds"), [("0", 0), ("7", 7), ("86400", 30)])
def test_retry_after_is_honoured_within_bounds(header: str, seconds: float) -> None:
    assert RetryPolicy(pause=1.0).seconds(5, header) == seconds


@pytest.mark.parametrize("header", ["Fri, 20 Nov 2026 20:00:00 GMT", "-1", "1.5", "²", "soon"])
def test_another_retry_after_is_passed_over(header: str) -> None:
    assert 0.5 <= RetryPolicy(pause=1.0).seconds(0, header) <= 1


def test_the_key_is_not_in_the_specs_repr() -> None:
    assert KEY not in repr(ModelSpec("m", "http://x", KEY))
