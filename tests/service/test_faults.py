"""What is left after processes were killed, files were bad, or the start went wrong."""

import itertools
import json
import os
import re
import signal
import socket
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest
import requests

from tests.databases import apply_migrations
from tests.pdfs import pdf
from tests.running import KEY, PASSWORD, Server, end, server_on, wait_until

WORDS = "The lighthouse keeper writes into the log how far the lamp was seen. "
LINES = 1_000
LONG_TEXT = "\n".join(f"{number}. {WORDS}" for number in range(LINES)).encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run the server whose parts are killed by one test after the other."""
    audited = {"RAGLAN_AUDIT__LEVEL": "metadata", "RAGLAN_AUDIT__STREAM": "file"}
    data = tmp_path_factory.mktemp("faults") / "data"
    with server_on(data, RAGLAN_WORKER__LEASE="3", **audited) as running:
        yield running


@pytest.fixture
def dataset(server: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """Make a dataset; afterwards no parser halts, which the next test would wait for."""
    yield server.dataset(request.node.name[:100])
    for child in parser_children(server):
        with suppress(psutil.NoSuchProcess):  # it was ended with what it read
            child.resume()


def parser_children(server: Server) -> list[psutil.Process]:
    return server.running("rag.ingestion.child")


def in_mid_parse(server: Server, dataset: str) -> str:
    """Begin to parse, in a parser process that halts: only what comes then can end the parse."""
    [warm] = server.upload(dataset, ("warm.txt", f"The kettle of {dataset}.".encode()))
    server.parse(dataset, [warm])
    assert server.finished(dataset, warm)["run"] == "DONE"
    for child in parser_children(server):
        child.suspend()
    # What was read for another dataset would be taken over.
    [document] = server.upload(dataset, ("long.txt", f"For {dataset}. ".encode() + LONG_TEXT))
    server.parse(dataset, [document])
    wait_until(lambda: server.document(dataset, document)["run"] == "RUNNING", "the parse")
    return document


def has_begun(server: Server) -> bool:
    """Return whether the ingest worker that runs waits for tasks."""
    names = [f"worker[{worker.pid}]" for worker in server.ingest_workers()]
    waiting = [line for line in server.log.splitlines() if "waits for tasks" in line]
    return any(name in line for name in names for line in waiting)


def keys_until(server: Server, ended: threading.Event, name: str) -> list[str]:
    """Make keys, one after the other, and return the names of those that were acknowledged."""
    made = []
    for number in itertools.count():
        if ended.is_set():
            return made
        asked = {"name": f"{name}-{number}"}
        with suppress(requests.RequestException):
            assert server.call("POST", "/system/tokens", json=asked)["code"] == 0
            made.append(asked["name"])
    raise AssertionError


def test_kill_of_web_workers_loses_nothing_that_was_acknowledged(
    server: Server, dataset: str
) -> None:
    wait_until(lambda: len(server.web_workers()) == 2, "both web workers")
    ended, before = threading.Event(), len(audited(server))
    with ThreadPoolExecutor(2) as pool:
        asking = [pool.submit(keys_until, server, ended, f"key-{one}") for one in range(2)]
        wait_until(lambda: len(audited(server)) > before + 20, "entries in the file")
        for victim in server.web_workers():
            victim.kill()
        wait_until(lambda: len(server.web_workers()) == 2, "new web workers")
        wait_until(server.is_ready, "the server to be ready")
        ended.set()
        made = {name for one in asking for name in one.result()}
    with closing(sqlite3.connect(server.data / "raglan.db")) as database:
        details = database.execute("SELECT detail FROM audit_entry WHERE kind = 'keys'").fetchall()
    assert made <= {json.loads(detail)["request"]["name"] for (detail,) in details}
    assert len(made) > 18, "each entry but two is of a key that was acknowledged"
    [document] = server.upload(dataset, ("a.txt", b"The tide table hangs by the door."))
    server.parse(dataset, [document])
    assert server.finished(dataset, document)["run"] == "DONE"
    assert all(json.loads(line)["time"] for line in audited(server))


def audited(server: Server) -> list[str]:
    """Return the lines of the audit log's file; all are whole once somebody has written again."""
    text = "".join(path.read_text() for path in sorted((server.data / "audit").glob("*.jsonl")))
    return text.splitlines()


def test_kill_of_the_ingest_worker_in_mid_parse_ends_done(server: Server, dataset: str) -> None:
    document = in_mid_parse(server, dataset)
    for worker in server.ingest_workers():
        worker.kill()
    done = server.finished(dataset, document)
    assert done["run"] == "DONE", done["progress_msg"]
    assert server.found(dataset, f"{LINES - 1} lighthouse keeper")


def test_kill_of_the_parser_process_does_not_stop_the_work(server: Server, dataset: str) -> None:
    document = in_mid_parse(server, dataset)
    for child in parser_children(server):
        child.kill()
    [neighbour] = server.upload(dataset, ("b.txt", b"The neighbour goes on."))
    server.parse(dataset, [neighbour])
    assert server.finished(dataset, neighbour)["run"] == "DONE"
    done = server.finished(dataset, document)
    assert done["run"] == "DONE", done["progress_msg"]


def test_kill_of_everything_at_once_loses_nothing_that_was_acknowledged(
    server: Server, dataset: str
) -> None:
    [first] = server.upload(dataset, ("first.txt", b"The first lamp burned whale oil."))
    server.parse(dataset, [first])
    assert server.finished(dataset, first)["run"] == "DONE"
    added = server.data_of(
        "POST",
        f"/datasets/{dataset}/documents/{first}/chunks",
        json={"content": "Added by hand: the second lamp burned kerosene."},
    )["chunk"]["id"]
    chat = server.data_of("POST", "/chats", json={"name": "lamps", "dataset_ids": [dataset]})["id"]
    session = server.data_of("POST", f"/chats/{chat}/sessions", json={"name": "s"})["id"]
    question = {"question": "What did the lamp burn?", "session_id": session, "stream": False}
    server.data_of("POST", f"/chats/{chat}/completions", json=question)
    document = in_mid_parse(server, dataset)
    server.kill_everything()

    server.start()
    assert server.finished(dataset, document)["run"] == "DONE"
    chunks = server.data_of("GET", f"/datasets/{dataset}/documents/{first}/chunks")["chunks"]
    assert added in {chunk["id"] for chunk in chunks}
    assert added in {chunk["id"] for chunk in server.found(dataset, "kerosene")}
    [kept] = server.data_of("GET", f"/chats/{chat}/sessions", params={"id": session})
    assert [message["role"] for message in kept["messages"]][-2:] == ["user", "assistant"]
    listed = server.data_of("GET", f"/datasets/{dataset}/documents/{document}/chunks")
    assert listed["total"] == server.document(dataset, document)["chunk_count"]
    assert not half_done(server)


def half_done(server: Server) -> list[tuple[str, ...]]:
    with sqlite3.connect(server.data / "raglan.db") as database:
        found = database.execute(
            "SELECT state FROM task WHERE state IN ('pending', 'running')"
            " UNION ALL SELECT 'old generation' FROM chunk JOIN document"
            " ON chunk.document_id = document.id WHERE chunk.generation <> document.generation"
        ).fetchall()
    database.close()
    return found


def test_cancel_during_a_long_parse_ends_in_cancel_and_stays_so(
    server: Server, dataset: str
) -> None:
    document = in_mid_parse(server, dataset)
    server.data_of("DELETE", f"/datasets/{dataset}/chunks", json={"document_ids": [document]})
    wait_until(lambda: server.document(dataset, document)["run"] == "CANCEL", "the cancel", 5)
    wait_until(lambda: "running" not in {state for (state, *_) in half_done(server)}, "the end", 5)
    after = server.document(dataset, document)
    assert (after["run"], after["chunk_count"]) == ("CANCEL", 0)


def test_a_parse_over_its_time_fails_with_the_reason_and_neighbours_go_on(tmp_path: Path) -> None:
    limits = {
        "RAGLAN_WORKER__PARSE_TIMEOUT": "1",
        "RAGLAN_WORKER__DOCUMENT_TIMEOUT": "60",  # else it would be near on a busy machine
        "RAGLAN_WORKER__MAX_ATTEMPTS": "1",
    }
    with server_on(tmp_path / "data", **limits) as server:
        dataset = server.dataset()
        [slow] = server.upload(dataset, ("slow.txt", LONG_TEXT * 288))
        [quick] = server.upload(dataset, ("quick.txt", b"Short and sweet."))
        server.parse(dataset, [slow, quick])
        failed = server.finished(dataset, slow)
        assert failed["run"] == "FAIL"
        assert "worker.parse_timeout raised" in failed["progress_msg"]
        assert server.finished(dataset, quick)["run"] == "DONE"


def test_a_parse_over_its_memory_fails_with_the_reason_and_neighbours_go_on(tmp_path: Path) -> None:
    limits = {"RAGLAN_WORKER__PARSE_MEMORY_BYTES": str(600 << 20)}
    with server_on(tmp_path / "data", **limits) as server:
        dataset = server.dataset()
        greedy = b"[" + b",".join([b'{"a":{}}'] * 2_000_000) + b"]"
        [large] = server.upload(dataset, ("large.json", greedy))
        [small] = server.upload(dataset, ("small.txt", b"Short and sweet."))
        server.parse(dataset, [large, small])
        failed = server.finished(dataset, large)
        assert failed["run"] == "FAIL"
        assert "takes more than the 491 MB of memory" in failed["progress_msg"]
        assert server.finished(dataset, small)["run"] == "DONE"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("broken.pdf", b"%PDF-1.7 and then nothing", "broken.pdf"),
        ("locked.pdf", pdf("Nobody reads this.", user="open sesame"), "needs a password"),
        ("odd.hlp", b"a type that no parser reads", "not supported"),
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \n\t\n ", "no text"),
        ("not-a-zip.docx", b"this is no document", "not-a-zip.docx"),
        ("noise.txt", bytes(range(256)) * 40, "text"),
        ("broken.json", b'{"a": ', "line 1"),
    ],
)
def test_a_bad_file_fails_with_the_reason(
    server: Server, dataset: str, name: str, content: bytes, reason: str
) -> None:
    [bad, good] = server.upload(dataset, (name, content), ("good.txt", b"The good neighbour."))
    server.parse(dataset, [bad, good])
    failed = server.finished(dataset, bad)
    assert failed["run"] == "FAIL"
    assert reason in failed["progress_msg"]
    assert "Traceback" not in failed["progress_msg"]
    assert failed["chunk_count"] == 0
    assert server.finished(dataset, good)["run"] == "DONE"


def refused(server: Server) -> str:
    process = server.launch()
    try:
        wait_until(lambda: process.poll() is not None, "the start to be given up")
        assert process.returncode not in {0, None}
    finally:
        end(server)
    return server.log


def one_line(log: str, *words: str) -> bool:
    return "Traceback" not in log and any(
        all(word in line for word in words) for line in log.splitlines()
    )


def test_a_second_server_on_one_folder_is_refused(server: Server) -> None:
    # Not one that an earlier test has killed: the next one begins meanwhile.
    wait_until(lambda: has_begun(server), "the ingest worker")
    second = Server(server.data, extra={"RAGLAN_BOOTSTRAP__API_KEY": ""})
    before = server.log
    after = refused(second).removeprefix(before)
    assert one_line(after, str(server.data), "another server"), after
    # Nothing of the second one ran on the folder: neither a worker nor a web server.
    worker = re.compile(r" (worker\[\d+\]) ")
    assert set(worker.findall(after)) <= set(worker.findall(before))
    assert not re.findall("Raglan .* in ", after)
    assert server.is_ready()


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        log = refused(Server(tmp_path / "data", port=port))
    assert one_line(log, str(port)), log


def test_another_server_on_the_port_is_not_taken_for_our_own(
    server: Server, tmp_path: Path
) -> None:
    log = refused(Server(tmp_path / "second", port=server.port))
    assert one_line(log, str(server.port), "listen"), log
    assert "is ready" not in log
    assert "password" not in log


def test_an_unwritable_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    log = refused(Server(tmp_path / "file"))
    assert one_line(log, str(tmp_path / "file")), log


def test_a_database_from_a_newer_version_is_refused(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.data.mkdir()
    apply_migrations(f"sqlite:///{server.data}/raglan.db")
    with sqlite3.connect(server.data / "raglan.db") as database:
        database.execute("INSERT INTO migration (number, name, applied_time) VALUES (9999, 'x', 0)")
    database.close()
    log = refused(server)
    assert one_line(log, "newer version"), log


def test_all_bad_settings_are_named_at_once(tmp_path: Path) -> None:
    extra = {"RAGLAN_SERVER__PORT": "high", "RAGLAN_LOG__LEVEL": "LOUD", "RAGLAN_SERVR__HOST": "x"}
    log = refused(Server(tmp_path / "data", extra=extra))
    assert all(one_line(log, name) for name in extra), log


def test_all_bad_addresses_are_named_at_once(tmp_path: Path) -> None:
    parts = ("database", "storage", "chunk_store", "redis")
    extra = {f"RAGLAN_{part.upper()}__URL": "oracle://x" for part in parts}
    log = refused(Server(tmp_path / "data", extra=extra))
    assert all(one_line(log, f"{part}.url") for part in parts), log


def test_secrets_are_not_in_the_log(server: Server) -> None:
    assert "Raglan is ready" in server.log
    assert PASSWORD not in server.log
    assert server.log.count(KEY) <= 1


def test_kill_of_the_supervisor_leaves_nothing_behind(server: Server) -> None:
    tree = server.tree()
    os.kill(tree[0].pid, signal.SIGKILL)
    assert not psutil.wait_procs(tree[1:], timeout=40)[1]
    server.stop()  # it is dead, and only waited for
    server.start()
