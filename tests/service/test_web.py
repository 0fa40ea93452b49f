"""The web server alone, under gunicorn as it is started: its start, its faults, its end."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil
import pytest
import requests

from tests.model_endpoint import ModelEndpoint, event, serve, stream
from tests.running import KEY, PASSWORD, ROOT, Server, end, wait_until
from tests.service.forked import GUNICORN
from tests.service.web import WebServer

COMMAND = [sys.executable, "-m", "gunicorn"]


class StartedServer(Server):
    """A web server that is started from nothing, as the one command starts it."""

    def launch(self) -> "subprocess.Popen[bytes]":
        """Start gunicorn without waiting for anything."""
        with (self.data.parent / f"{self.data.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*COMMAND, *GUNICORN],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self.process


@pytest.fixture(scope="module")
def model() -> Iterator[ModelEndpoint]:
    with serve() as running:
        yield running


@pytest.fixture
def endpoint(model: ModelEndpoint) -> ModelEndpoint:
    """Return the model of the server, of which no test before this one has left anything."""
    model.forget()
    return model


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, model: ModelEndpoint) -> Iterator[StartedServer]:
    extra = {
        "RAGLAN_SERVER__GRACEFUL_TIMEOUT": "4",
        "RAGLAN_MODELS__CHAT_MODEL": "m@T",
        "RAGLAN_MODELS__CHAT_BASE_URL": model.url,
    }
    running = StartedServer(tmp_path_factory.mktemp("web") / "data", extra=extra)
    try:
        yield running
    finally:
        end(running)


@pytest.fixture
def server(kept: StartedServer) -> StartedServer:
    """Return a server that runs with both workers, started anew where a test has ended it."""
    if kept.process is None or kept.process.poll() is not None:
        kept.start()
    wait_until(lambda: len(kept.web_workers()) == 2, "both web workers")
    return kept


def refused(server: WebServer) -> list[str]:
    """Start a server that must not start; return what it printed."""
    try:
        process = server.launch()
        assert process.wait(timeout=30) != 0
    finally:
        end(server)
    return server.log.splitlines()


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        [line] = refused(WebServer(tmp_path / "data", port=port))
    assert f"cannot listen on 127.0.0.1, port {port}: another program" in line


def test_an_address_of_another_machine_is_one_line(tmp_path: Path) -> None:
    extra = {"RAGLAN_SERVER__HOST": "192.0.2.1"}
    [line] = refused(WebServer(tmp_path / "data", extra=extra))
    assert "cannot listen on 192.0.2.1" in line


def test_a_folder_that_cannot_be_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file" / "data")
    [line] = refused(WebServer(tmp_path / "data", extra={"RAGLAN_DATA_DIR": folder}))
    assert "cannot be written to" in line
    assert "RAGLAN_DATA_DIR" in line


def test_all_bad_settings_are_named_at_once(tmp_path: Path) -> None:
    bad = {"RAGLAN_SERVER__PORT": "high", "RAGLAN_LOG__LEVEL": "LOUD", "RAGLAN_SERVR__HOST": "x"}
    lines = refused(WebServer(tmp_path / "data", extra=bad))
    assert len(lines) == 3
    for name in bad:
        assert any(line.startswith("raglan: Setting") and name in line for line in lines)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RAGLAN_DATABASE__URL", "oracle://host/db"),
        ("RAGLAN_STORAGE__URL", "ftp://host"),
        ("RAGLAN_CHUNK_STORE__URL", "nothing://host"),
    ],
)
def test_an_address_that_nothing_answers_to_is_one_line(
    tmp_path: Path, variable: str, value: str
) -> None:
    [line] = refused(WebServer(tmp_path / "data", extra={variable: value}))
    assert value.partition(":")[0] in line


def test_a_database_that_is_away_is_one_line_and_no_endless_restarting(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        extra = {"RAGLAN_DATABASE__URL": f"postgresql://u@127.0.0.1:{port}/x"}
        lines = refused(WebServer(tmp_path / "data", extra=extra))
    assert len([line for line in lines if "CRITICAL" in line and "cannot start" in line]) == 1
    assert not any("Traceback" in line for line in lines)


def test_a_second_server_on_one_folder_is_one_line(server: StartedServer) -> None:
    second = WebServer(server.data.parent / "second", extra={"RAGLAN_DATA_DIR": str(server.data)})
    [line] = refused(second)
    assert f"{server.data} is in use by another server" in line
    assert server.is_ready()


def test_the_folder_is_free_again_after_everything_was_killed(server: StartedServer) -> None:
    server.kill_everything()
    server.start()


def test_the_start_logs_version_folder_and_settings_without_secrets(server: StartedServer) -> None:
    assert f"Raglan 0.1.0 in {ROOT}" in server.log
    assert f"data_dir={server.data}" in server.log
    assert "auth.session_days" not in server.log, "it is at its default"
    assert KEY not in server.log
    assert "bootstrap.api_key=**********" in server.log


def test_the_first_account_is_made_once_by_two_workers(server: StartedServer) -> None:
    assert server.log.count("The first account") == 1
    assert server.call("GET", "/system/tokens")["code"] == 0
    assert (server.data / "server.lock").stat().st_mode & 0o077 == 0


def test_a_killed_worker_is_replaced(server: StartedServer) -> None:
    [victim, other] = server.web_workers()
    victim.kill()
    victim.wait(timeout=10)
    wait_until(lambda: len(server.web_workers()) == 2, "a new worker")
    assert other.is_running()
    wait_until(server.is_ready, "the server to be ready")


def test_term_leaves_nothing_behind(server: StartedServer) -> None:
    tree = server.tree()
    assert server.stop(signal.SIGTERM) == 0
    assert not psutil.wait_procs(tree, timeout=30)[1]
    assert "Raglan has stopped." in server.log
    assert "Traceback" not in server.log


def test_hup_keeps_serving(server: StartedServer) -> None:
    before = {worker.pid for worker in server.web_workers()}
    os.kill(server.tree()[0].pid, signal.SIGHUP)

    def all_new() -> bool:
        assert requests.get(f"{server.url}/health", timeout=30).ok
        return not before & {worker.pid for worker in server.web_workers()}

    wait_until(all_new, "the workers to be replaced")
    assert server.call("GET", "/system/tokens")["code"] == 0


def test_request_ids_are_in_the_answer_and_in_the_log(server: StartedServer) -> None:
    headers = {"X-Request-Id": "seen-42"}
    answer = requests.get(f"{server.url}/v1/system/ping", headers=headers, timeout=30)
    assert answer.headers["X-Request-Id"] == "seen-42"
    wait_until(lambda: "seen-42 raglan.access: GET /v1/system/ping 200" in server.log, "the line")


def test_logs_are_json_where_that_is_asked_for(tmp_path: Path) -> None:
    server = WebServer(tmp_path / "data", extra={"RAGLAN_LOG__FORMAT": "json"})
    try:
        server.start()
        server.call("GET", "/system/tokens")
    finally:
        end(server)
    lines = [json.loads(line) for line in server.log.splitlines()]
    assert {"web"} == {line["process"] for line in lines}
    [call] = [line for line in lines if line.get("path") == "/api/v1/system/tokens"]
    assert (call["status"], len(call["tenant"])) == (200, 32)


def test_many_sign_ins_at_once_leave_no_more_than_the_memory_of_one(tmp_path: Path) -> None:
    server = WebServer(tmp_path / "data", extra={"RAGLAN_SERVER__WORKERS": "1"})
    body = {"email": "admin@raglan.local", "password": PASSWORD}

    def sign_in(_: object = None) -> int:
        return requests.post(f"{server.url}/v1/user/login", json=body, timeout=30).status_code

    try:
        server.start()
        (worker,) = server.web_workers()
        assert sign_in() == 200
        before = worker.memory_info().rss
        with ThreadPoolExecutor(6) as pool:
            assert set(pool.map(sign_in, range(12))) == {200}
        # A hash takes 12 MiB, and each thread that hashes keeps them.
        assert worker.memory_info().rss - before < 10 << 20
    finally:
        end(server)


def test_a_client_that_does_not_speak_http_harms_nobody(server: StartedServer) -> None:
    for noise in (b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/1.1\r\nHost", b"POST / HTTP/9\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            connection.sendall(noise)
    assert server.is_ready()


def asking(server: StartedServer, name: str) -> tuple[str, dict[str, object]]:
    """Make an assistant; return where to ask it and what."""
    prompt = {"prompt": "Be kind.", "variables": []}
    chat = server.data_of("POST", "/chats", json={"name": name, "prompt": prompt})["id"]
    session = server.data_of("POST", f"/chats/{chat}/sessions", json={"name": "s"})["id"]
    return f"/chats/{chat}/completions", {"question": "Well?", "session_id": session}


def ask(server: StartedServer, path: str, body: dict[str, object]) -> requests.Response:
    headers = {"Authorization": f"Bearer {KEY}"}
    url = f"{server.url}/api/v1{path}"
    return requests.post(url, json=body, headers=headers, stream=True, timeout=20)


def test_a_client_that_goes_away_stops_the_call_to_the_model(
    server: StartedServer, endpoint: ModelEndpoint
) -> None:
    path, body = asking(server, "left later")
    endpoint.script.append(stream(event(content="One "), hold=True))
    answer = ask(server, path, body)
    assert b"One" in next(answer.iter_lines())
    assert endpoint.holding.wait(10)
    answer.close()
    assert endpoint.gone.wait(30), "the call to the model was not ended"
    assert server.call("GET", "/system/tokens")["code"] == 0
    assert "Traceback" not in server.log


def test_a_client_that_goes_away_before_the_first_word_stops_the_call_too(
    server: StartedServer, endpoint: ModelEndpoint
) -> None:
    path, body = asking(server, "left at once")
    endpoint.script.append(stream(hold=True))
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        content = json.dumps(body).encode()
        head = (
            f"POST /api/v1{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        connection.sendall(head.encode() + content)
        assert endpoint.holding.wait(10)
    assert endpoint.gone.wait(30), "the call to the model was not ended"


def test_a_stream_ends_with_a_word_when_the_server_stops(
    server: StartedServer, endpoint: ModelEndpoint
) -> None:
    path, body = asking(server, "stopped")
    endpoint.script.append(stream(event(content="One "), hold=True))
    answer = ask(server, path, body)
    lines = answer.iter_lines()
    assert b"One" in next(lines)
    begun = time.monotonic()
    server.tree()[0].terminate()
    rest = [line for line in lines if line]
    assert b"The server is stopping" in rest[-2]
    assert rest[-1] == b'data:{"code":0,"data":true}'
    assert server.stop() == 0
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("path", ["/v1/user/login", "/api/v1/datasets/x/documents", "/health"])
def test_who_sends_what_nobody_reads_stops_nobody(server: StartedServer, path: str) -> None:
    host, port = "127.0.0.1", int(server.url.rpartition(":")[2])
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    chunk = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
    answered = threading.Event()

    def send() -> None:
        # As fast as it goes, until the others were answered.
        with socket.create_connection((host, port)) as flood, suppress(OSError):
            flood.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
            while not answered.is_set():
                flood.sendall(chunk)

    with ThreadPoolExecutor(2) as pool:
        floods = [pool.submit(send) for _ in range(2)]
        try:
            for _ in range(20):
                assert requests.get(f"{server.url}/health", timeout=20).status_code == 200
        finally:
            answered.set()
        for flood in floods:
            flood.result(20)


def connected(server: StartedServer, token: str) -> list[requests.Session]:
    """Return connections that have asked by a token, enough for each worker to have some."""
    made = [requests.Session() for _ in range(8)]
    for session in made:
        session.headers["Authorization"] = f"Bearer {token}"
        assert session.get(f"{server.url}/api/v1/users/me/groups", timeout=60).status_code == 200
    return made


def answers(session: requests.Session, address: str, status: int) -> bool:
    """Return whether an address is answered with a status."""
    return session.get(address, timeout=60).status_code == status


def test_who_is_shut_out_is_refused_on_every_connection(server: StartedServer) -> None:
    ends = {
        "deactivated": ("PATCH", {"is_active": False}, 401),
        "deleted": ("DELETE", None, 401),
        "demoted": ("PATCH", {"role": "user"}, 403),
    }
    for name, (method, body, status) in ends.items():
        person = {"email": f"{name}@example.org", "password": PASSWORD, "role": "administrator"}
        user_id = server.data_of("POST", "/users", json=person)["id"]
        sign_in = f"{server.url}/v1/user/login"
        answer = requests.post(sign_in, json=person | {"role": None}, timeout=60)
        token = answer.headers["Authorization"]
        key = server.data_of("POST", "/system/tokens", headers={"Authorization": token})["token"]
        connections = {"session": connected(server, token), "key": connected(server, key)}
        server.data_of(method, f"/users/{user_id}", json=body)
        for kind, sessions in connections.items():
            # A lesser role ends sessions, and keys go on with what is left to their owner.
            wanted = 401 if kind == "session" else status
            for session in sessions:
                with session:
                    refuses = partial(answers, session, f"{server.url}/api/v1/users", wanted)
                    wait_until(refuses, f"the {kind} of who is {name} to be refused")
