"""Start, replacement and stop of the web server under load, by signals to real processes."""

import http.client
import itertools
import json
import os
import re
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
import requests

from tests.components import postgresql_server
from tests.model_endpoint import ModelEndpoint, Reply, event, serve, stream
from tests.running import KEY, end, wait_until
from tests.service.load import Load
from tests.service.web import WebServer, conversation_on, events, web_server_on

DONE = b"data: [DONE]\n\n"

SMALL = itertools.count(1000)
"""Numbers of bytes that no worker can do with, each another."""


@pytest.fixture
def endpoint() -> Iterator[ModelEndpoint]:
    with serve() as running:
        yield running


@contextmanager
def web_server(tmp_path: Path, **extra: str) -> Iterator[WebServer]:
    """Run a web server whose settings files are in `tmp_path`."""
    server = WebServer(tmp_path / "data", extra={"RAGLAN_CONF_DIR": str(tmp_path), **extra})
    try:
        server.start()
        wait_until(lambda: len(server.web_workers()) == 2, "both web workers")
        yield server
    finally:
        end(server)


@pytest.fixture(scope="module")
def steady_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("steady")


@pytest.fixture(scope="module")
def steady(steady_folder: Path) -> Iterator[WebServer]:
    """Run a web server of which no test replaces a worker."""
    with web_server(steady_folder) as server:
        yield server


def pids(server: WebServer) -> set[int]:
    return {worker.pid for worker in server.web_workers()}


def send(server: WebServer, number: int) -> None:
    assert server.process is not None
    server.process.send_signal(number)


def hang_up(server: WebServer) -> Callable[[], bool]:
    """Replace all workers; return a function that says whether they are replaced."""
    before = pids(server)
    send(server, signal.SIGHUP)
    return lambda: not before & pids(server) and len(pids(server)) == 2


def test_no_process_on_sqlite_has_the_driver_of_another_database(steady: WebServer) -> None:
    tree = steady.tree()
    assert len(tree) >= 3
    for process in tree:
        assert not [item.path for item in process.memory_maps() if "psycopg" in item.path]


def terminate_one(server: WebServer) -> Callable[[], bool]:
    """End one worker; return a function that says whether another is in its place."""
    victim = min(pids(server))
    os.kill(victim, signal.SIGTERM)
    return lambda: victim not in pids(server) and len(pids(server)) == 2


def test_no_request_is_lost_when_workers_are_replaced_under_load(tmp_path: Path) -> None:
    with web_server(tmp_path) as server, Load(server).running() as load:
        load.wait_for(200)
        for replace in (hang_up, terminate_one, hang_up):
            wait_until(replace(server), "the workers to be replaced")
            load.wait_for(200)
        load.wait_for(max(0, 2000 - load.requests))
    assert load.requests >= 2000
    assert load.failures == []


def test_no_request_is_lost_when_workers_have_answered_enough(tmp_path: Path) -> None:
    with web_server(tmp_path, RAGLAN_SERVER__MAX_REQUESTS="150") as server:
        before = pids(server)
        with Load(server).running() as load:
            load.wait_for(800)
            wait_until(lambda: not before & pids(server), "all workers to be replaced")
    assert load.failures == []


def test_no_request_is_lost_when_workers_hold_too_much_memory(tmp_path: Path) -> None:
    # The bundled model is loaded by the first search then, and not before the workers are forked.
    later = {"RAGLAN_MODELS__EMBEDDING_MODEL": "other@Builtin"}
    with web_server(tmp_path, **later) as server, Load(server).running() as load:
        dataset = server.dataset(embedding_model="wordllama@Builtin")
        before = pids(server)
        held = max(worker.memory_info().rss for worker in server.web_workers())
        set_locally(tmp_path, f"server: {{max_memory_bytes: {held + (5 << 20)}}}")
        wait_until(lambda: "Settings changed: server.max_memory_bytes" in server.log, "the limit")

        def replaced() -> bool:
            assert server.found(dataset, "Anything?") == []
            return not before & pids(server)

        wait_until(replaced, "all workers to be replaced")
        load.wait_for(100)
    assert load.failures == []
    assert "bytes of memory, this worker ends after its requests." in server.log


@pytest.mark.xdist_group("steady")
def test_a_memory_limit_that_no_worker_can_keep_replaces_nobody(
    steady: WebServer, steady_folder: Path
) -> None:
    before = pids(steady)
    told = steady.log.count("max_memory_bytes is less than")
    set_locally(steady_folder, f"server: {{max_memory_bytes: {next(SMALL)}}}")
    wait_until(lambda: steady.log.count("max_memory_bytes is less than") == told + 2, "the word")
    assert pids(steady) == before


def set_locally(folder: Path, content: str) -> None:
    (folder / "local.service_conf.yaml").write_text(content, encoding="utf-8")


def waiting_for(go_on: threading.Event) -> Reply:
    """Return a model's answer of which the rest waits."""

    def pieces() -> Iterator[bytes]:
        yield event(content="The")
        assert go_on.wait(60)
        yield event(content=" keeper.")
        yield DONE

    return Reply(pieces=pieces(), content_type="text/event-stream")


def test_a_stop_lets_requests_end_and_tells_who_asks_that_it_is_not_ready(
    tmp_path: Path, endpoint: ModelEndpoint
) -> None:
    with web_server_on(tmp_path / "data", endpoint) as server, ThreadPoolExecutor(1) as pool:
        talk = conversation_on(server)
        go_on = threading.Event()
        endpoint.script.append(waiting_for(go_on))
        answer = pool.submit(whole_answer, server, talk.chat, talk.session)
        wait_until(lambda: endpoint.received, "the model to be asked")
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)) as kept:
            assert asked(kept, "/ready") == (200, "ready", [])
            send(server, signal.SIGTERM)
            wait_until(lambda: "Handling signal: term" in server.log, "the stop to begin")
            assert asked(kept, "/ready") == (503, "not ready", ["The server is stopping."])
        go_on.set()
        assert answer.result(timeout=30)["data"]["answer"] == "The keeper."
        assert status_of_end(server) == 0
    assert lease_owner(server) == ""
    assert "Traceback" not in server.log


def status_of_end(server: WebServer, patience: float = 60) -> int:
    """Wait for the end of a server that was told to stop."""
    assert server.process is not None
    return server.process.wait(timeout=patience)


def whole_answer(server: WebServer, chat: str, session: str) -> dict[str, dict[str, object]]:
    body = {"question": "Who?", "session_id": session, "stream": False}
    return server.call("POST", f"/chats/{chat}/completions", json=body)


def asked(connection: http.client.HTTPConnection, path: str) -> tuple[int, str, list[str]]:
    connection.request("GET", path)
    answer = connection.getresponse()
    body = json.loads(answer.read())
    return answer.status, body["status"], body["reasons"]


def lease_owner(server: WebServer) -> str:
    with closing(sqlite3.connect(server.data / "raglan.db")) as database:
        ((owner,),) = database.execute("SELECT owner FROM lease WHERE name = 'background'")
    return str(owner)


def test_a_stream_may_begin_and_end_in_a_worker_that_is_replaced(
    tmp_path: Path, endpoint: ModelEndpoint
) -> None:
    with web_server_on(tmp_path / "data", endpoint) as server:
        talk = conversation_on(server)
        go_on = threading.Event()
        endpoint.script.append(waiting_for(go_on))
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)) as kept:
            asked(kept, "/ready")
            hang_up(server)
            wait_until(lambda: "Handling signal: hup" in server.log, "the reload to begin")
            body = json.dumps({"question": "Who?", "session_id": talk.session})
            headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
            kept.request("POST", f"/api/v1/chats/{talk.chat}/completions", body, headers)
            answer = kept.getresponse()
            assert answer.status == 200
            go_on.set()
            assert b"The keeper." in answer.read()


def test_a_second_term_ends_at_once_and_the_lease_is_free(
    tmp_path: Path, endpoint: ModelEndpoint
) -> None:
    with web_server_on(tmp_path / "data", endpoint) as server:
        talk = conversation_on(server)
        endpoint.script.append(stream(event(content="The"), hold=True))
        arriving = events(talk.ask())
        next(arriving)
        tree = server.tree()
        send(server, signal.SIGTERM)
        wait_until(lambda: "Handling signal: term" in server.log, "the stop to begin")
        send(server, signal.SIGTERM)
        # Half of the 30 seconds that requests have would pass before the stream is ended.
        assert status_of_end(server, 14) == 0
        assert not psutil.wait_procs(tree, timeout=30)[1]
    assert lease_owner(server) == ""


def test_the_limit_ends_what_does_not_end(tmp_path: Path, endpoint: ModelEndpoint) -> None:
    extra = {"RAGLAN_SERVER__GRACEFUL_TIMEOUT": "1"}
    with web_server_on(tmp_path / "data", endpoint, **extra) as server:
        talk = conversation_on(server)
        endpoint.script.append(stream(hold=True))
        with pytest.raises(requests.ConnectionError):
            asking_then_stopping(server, talk.chat, talk.session, endpoint)
        assert status_of_end(server) == 0
    assert lease_owner(server) == ""


def asking_then_stopping(
    server: WebServer, chat: str, session: str, endpoint: ModelEndpoint
) -> object:
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(whole_answer, server, chat, session)
        assert endpoint.holding.wait(20)
        send(server, signal.SIGTERM)
        return answer.result(timeout=30)


def test_a_reload_takes_settings_that_wait_for_it(tmp_path: Path) -> None:
    with web_server(tmp_path) as server:
        set_locally(tmp_path, "server: {workers: 3, max_streams: 7}")
        wait_until(lambda: "Settings changed: server.max_streams." in server.log, "the live one")
        waiting = "Settings that wait for a restart: server.workers."
        wait_until(lambda: waiting in server.log, "the other one to be named")
        before = pids(server)
        send(server, signal.SIGHUP)
        wait_until(lambda: len(pids(server) - before) == 3, "three new workers")
        wait_until(lambda: not pids(server) & before, "the end of the old ones")
        wait_until(server.is_ready, "the server to be ready")


@pytest.mark.xdist_group("steady")
@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("server: {workers: none}", "Setting server.workers"),
        ("server: {host: 0.0.0.0}", "server.host need a stop and a start"),
        ("database: {url: 'oracle://x'}", "database.url must begin"),
    ],
)
def test_a_reload_that_could_not_go_well_changes_nothing(
    steady: WebServer, steady_folder: Path, content: str, why: str
) -> None:
    before = pids(steady)
    set_locally(steady_folder, content)
    send(steady, signal.SIGHUP)
    wait_until(lambda: re.search(f"Nothing is reloaded: .*{why}", steady.log), "the word")
    assert steady.is_ready()
    assert pids(steady) == before


def test_a_worker_that_starts_while_the_database_is_away_does_not_end_the_server(
    tmp_path: Path,
) -> None:
    with postgresql_server() as database:
        url = f"postgresql://postgres@{database.address}/postgres"
        with web_server(tmp_path, RAGLAN_DATABASE__URL=url) as server:
            database.process.kill()
            database.process.wait()
            wait_until(lambda: len(server.web_workers()) == 2, "both web workers")
            [victim, _] = server.web_workers()
            victim.kill()
            wait_until(lambda: "A worker begins without the database" in server.log, "a worker")
            assert requests.get(f"{server.url}/health", timeout=30).ok
            ready = requests.get(f"{server.url}/ready", timeout=10)
            assert (ready.status_code, ready.json()["status"]) == (503, "not ready")
            assert "Shutting down" not in server.log
