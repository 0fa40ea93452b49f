"""The one command: signals that it passes on, children that die, and settings that change."""

import os
import re
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
import requests

from tests.model_endpoint import event, serve, stream
from tests.running import KEY, Server, command, end, wait_until
from tests.service.web import conversation_on, events

LONG_TEXT = "\n".join(f"{number}. The keeper writes into the log." for number in range(12_000))


@contextmanager
def whole_server(folder: Path, **extra: str) -> Iterator[Server]:
    """Run the one command with its settings files in a folder."""
    server = Server(folder / "data", extra={"RAGLAN_CONF_DIR": str(folder), **extra})
    try:
        server.start()
        wait_until(lambda: len(server.web_workers()) == 2, "both web workers")
        wait_until(lambda: "waits for tasks" in server.log, "the ingest worker")
        wait_until(lambda: "is ready at" in server.log, "the announcement")
        yield server
    finally:
        end(server)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("supervised")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with whole_server(folder) as running:
        yield running


def set_locally(folder: Path, content: str) -> None:
    (folder / "local.service_conf.yaml").write_text(content, encoding="utf-8")


def send(server: Server, number: int) -> None:
    assert server.process is not None
    server.process.send_signal(number)


def pids(processes: list[psutil.Process]) -> set[int]:
    return {process.pid for process in processes}


def who_said(log: str, words: str) -> set[str]:
    """Return the processes, as kind[pid], that logged a line with these words."""
    return set(re.findall(rf"^\S+ \w+ (\w+\[\d+\]) .*{re.escape(words)}", log, re.MULTILINE))


@pytest.mark.xdist_group("supervised")
def test_live_settings_count_in_all_workers(server: Server, folder: Path) -> None:
    before = len(server.log)
    set_locally(folder, "log: {level: DEBUG, access: false}\nserver: {max_streams: 11}")
    words = "Settings changed: server.max_streams, log.level, log.access."
    wait_until(lambda: len(who_said(server.log[before:], words)) == 3, "all processes to follow")
    processes = who_said(server.log[before:], words)
    assert len({name for name in processes if name.startswith("web")}) == 2
    before = len(server.log)
    for _ in range(10):
        assert server.call("GET", "/datasets")["code"] == 0
    assert "raglan.access" not in server.log[before:]
    set_locally(folder, "")
    wait_until(lambda: server.log[before:].count("Settings changed") >= 1, "the way back")


@pytest.mark.xdist_group("supervised")
def test_a_wrong_file_is_reported_once_by_all_workers_together(
    server: Server, folder: Path
) -> None:
    set_locally(folder, "log: {level: LOUD}\nserver: {max_streams: 12}")
    wait_until(lambda: "do not count, as one is wrong: Setting log.level" in server.log, "the word")
    before = len(server.log)
    set_locally(folder, "server: {max_streams: 13}")
    wait_until(lambda: "Settings changed: server.max_streams." in server.log[before:], "the next")
    assert len(re.findall(r" ERROR .*Setting log\.level", server.log)) == 1
    assert "max_streams: 12" not in server.log
    set_locally(folder, "")


@pytest.mark.xdist_group("supervised")
def test_every_worker_shows_the_jobs_that_one_of_them_runs(server: Server) -> None:
    def shown() -> dict[str, dict[str, object]]:
        found = requests.get(
            f"{server.url}/v1/system/status", headers={"Authorization": KEY}, timeout=10
        )
        data: dict[str, dict[str, object]] = found.json()["data"]
        return data

    def ended() -> set[object]:
        return {
            name for name, job in shown()["background_jobs"].items() if dict(job)["last_result"]
        }  # type: ignore[call-overload]

    jobs = {"clean_up", "recover_tasks", "update_progress"}
    wait_until(lambda: jobs <= ended(), "the jobs to be reported")
    for _ in range(8):
        status = shown()
        assert {record["worker"] for record in records(status)} <= {
            f"{os.uname().nodename}:{pid}" for pid in pids(server.web_workers())
        }
        [(name, [beat])] = status["task_executor_heartbeats"].items()
        assert name == f"{os.uname().nodename}:{server.ingest_workers()[0].pid}" == beat["name"]


def records(status: dict[str, dict[str, object]]) -> list[dict[str, object]]:
    return [dict(record) for record in status["background_jobs"].values()]  # type: ignore[call-overload]


def test_a_worker_that_dies_is_started_again_later_each_time(tmp_path: Path) -> None:
    with whole_server(tmp_path) as server:
        for wait in (0, 1):
            wait_until(server.ingest_workers, "an ingest worker")
            for worker in server.ingest_workers():
                worker.kill()
            said = f"raglan: worker was ended by signal KILL; it is started again in {wait} s"
            wait_until(lambda said=said: said in server.log.splitlines(), "the line")
        wait_until(server.ingest_workers, "an ingest worker")
        # gunicorn's master, of which the workers end by themselves.
        [master, *_] = server.running("gunicorn_config.py")
        master.kill()
        wait_until(lambda: "raglan: web was ended by signal KILL; it is" in server.log, "the line")
        wait_until(lambda: len(server.web_workers()) == 2, "web workers again")
        wait_until(server.is_ready, "the server to be ready again")
        assert "entrypoint.sh: line" not in server.log


def test_a_server_under_nohup_says_how_it_reloads_and_does(tmp_path: Path) -> None:
    nohup = ("nohup",)
    server = Server(tmp_path / "data", extra={"RAGLAN_CONF_DIR": str(tmp_path)}, prefix=nohup)
    try:
        server.start()
        process = server.process
        assert process is not None
        line = "raglan: started so that HUP is ignored, as by nohup: kill -USR2"
        assert f"{line} {process.pid} reloads" in server.log.splitlines()
        wait_until(lambda: "is ready at" in server.log, "the announcement")
        wait_until(lambda: "waits for tasks" in server.log, "the ingest worker")

        def now() -> set[int]:
            return pids(server.web_workers()) | pids(server.ingest_workers())

        before = now()
        send(server, signal.SIGUSR2)
        wait_until(lambda: not before & now() and len(now()) == 3, "new workers")
    finally:
        end(server)


def test_a_server_that_is_killed_before_it_served_does_not_end_without_a_word(
    tmp_path: Path,
) -> None:
    server = Server(tmp_path / "data")
    process = server.launch()
    try:
        wait_until(lambda: server.running("gunicorn_config.py"), "the master")
        for master in server.running("gunicorn_config.py"):
            master.kill()
        assert process.wait(timeout=60) == 128 + signal.SIGKILL
        assert "raglan: web was ended by signal KILL before it served, so that" in server.log
    finally:
        end(server)


def test_hang_up_replaces_all_workers_and_the_task_under_way_ends(tmp_path: Path) -> None:
    with whole_server(tmp_path) as server:
        dataset = server.dataset()
        [document] = server.upload(dataset, ("long.txt", LONG_TEXT.encode()))
        server.parse(dataset, [document])
        wait_until(lambda: server.running("rag.ingestion.child"), "the parser process")
        before = pids(server.web_workers()) | pids(server.ingest_workers())
        send(server, signal.SIGHUP)

        def after() -> set[int]:
            return pids(server.web_workers()) | pids(server.ingest_workers())

        wait_until(lambda: not before & after() and len(after()) == 3, "new workers")
        assert server.finished(dataset, document)["run"] == "DONE"
        assert attempts(server) == [1]
        assert "it is started again" not in server.log
        send(server, signal.SIGTTIN)
        wait_until(lambda: len(server.web_workers()) == 3, "one more")


def attempts(server: Server) -> list[int]:
    with closing(sqlite3.connect(server.data / "raglan.db")) as database:
        return [row[0] for row in database.execute("SELECT attempts FROM task")]


def test_a_stop_hands_tasks_back_and_a_second_one_ends_at_once(tmp_path: Path) -> None:
    with serve() as endpoint:
        model = {
            "RAGLAN_MODELS__CHAT_MODEL": "m@T",
            "RAGLAN_MODELS__CHAT_BASE_URL": endpoint.url,
        }
        with whole_server(tmp_path, **model) as server:
            talk = conversation_on(server)
            endpoint.script.append(stream(event(content="The"), hold=True))
            arriving = events(talk.ask())
            next(arriving)
            dataset = server.dataset()
            [document] = server.upload(dataset, ("long.txt", LONG_TEXT.encode() * 15))
            server.parse(dataset, [document])
            wait_until(lambda: server.running("rag.ingestion.child"), "the parser process")
            tree = server.tree()
            send(server, signal.SIGTERM)
            wait_until(lambda: "has stopped." in server.log, "the ingest worker's end")
            with closing(sqlite3.connect(server.data / "raglan.db")) as database:
                tasks = database.execute("SELECT state, owner, attempts FROM task").fetchall()
            assert tasks == [("pending", "", 0)]
            send(server, signal.SIGTERM)
            assert server.process is not None
            # Half of the 30 seconds that requests have would pass before the stream is ended.
            assert server.process.wait(timeout=14) == 0
            assert not psutil.wait_procs(tree, timeout=30)[1]


def test_a_reload_before_anything_runs_does_no_harm(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    process = server.launch()
    try:
        wait_until(lambda: preparing(process.pid), "the preparations")
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: server.is_ready() or process.poll() is not None, "the start")
        assert process.poll() is None
    finally:
        end(server)


def preparing(pid: int) -> bool:
    return any("gunicorn" in command(child) for child in psutil.Process(pid).children())
