"""The parser process through real processes: limits, crashes, cancel, reuse, and its end."""

import os
import signal
import subprocess
import sys
import threading
import time
from itertools import islice
from pathlib import Path

import pytest

from rag.errors import (
    ConfigurationError,
    EncryptedFileError,
    ParseCancelledError,
    ParseError,
    ParserCrashError,
    ParserLimitError,
    UnsupportedFormatError,
)
from rag.ingestion.process import ParserProcess
from rag.ingestion.wire import ChunksCut, PageRead
from tests.service.parser_site import PARSERS, MakeProcess, MakeRequest, contents, never, warm


def is_gone(pid: int) -> bool:
    """Return whether a process ends in a few seconds; a zombie counts as gone."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2]
        except OSError:
            return True
        if state.split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_pages_and_chunks_come_with_their_tokens(
    start: MakeProcess, request_for: MakeRequest
) -> None:
    process = start()
    events = list(process.parse(request_for("lines", "alpha beta\ngamma"), never))
    assert [event.number for event in events if isinstance(event, PageRead)] == [1, 2]
    (cut,) = [event for event in events if isinstance(event, ChunksCut)]
    assert [draft.content for draft in cut.drafts] == ["alpha beta\ngamma"]
    assert cut.tokens >= 3


def test_fifty_files_share_one_process(start: MakeProcess, request_for: MakeRequest) -> None:
    process = start()
    pids = set()
    for number in range(50):
        assert contents(process, request_for("lines", f"file {number}")) == [f"file {number}"]
        pids.add(process.pid)
    assert len(pids) == 1


def test_a_parser_that_hangs_is_ended(start: MakeProcess, request_for: MakeRequest) -> None:
    process = warm(start(), request_for("lines"), seconds=1.0)
    request = request_for("hang")
    with pytest.raises(ParserLimitError, match=r"file\.hang took more than the 1 seconds"):
        contents(process, request)
    assert process.pid is None


def test_time_in_which_nobody_listens_does_not_count(
    start: MakeProcess, request_for: MakeRequest
) -> None:
    process = warm(start(), request_for("lines"), seconds=3.0)
    events = process.parse(request_for("big"), never)
    next(events)
    time.sleep(3.5)  # longer than a parse may take, which is what must not count
    assert sum(isinstance(event, PageRead) for event in events) >= 199


@pytest.mark.parametrize(
    ("suffix", "what"), [("crash", "signal 11, SIGSEGV"), ("leave", "exit code 7")]
)
def test_a_crash_says_how_the_process_died(
    start: MakeProcess,
    request_for: MakeRequest,
    caplog: pytest.LogCaptureFixture,
    suffix: str,
    what: str,
) -> None:
    process = start()
    with pytest.raises(ParserCrashError, match=what):
        contents(process, request_for(suffix))
    assert f"file.{suffix}" in caplog.text
    assert ("about to crash" in caplog.text) == (suffix == "crash")
    assert contents(process, request_for("lines", "next")) == ["next"]


def test_a_process_killed_from_outside(start: MakeProcess, request_for: MakeRequest) -> None:
    process = start()
    events = process.parse(request_for("big"), never)
    next(events)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(ParserCrashError, match="signal 9, SIGKILL"):
        list(events)


def test_a_process_killed_between_files_is_replaced(
    start: MakeProcess, request_for: MakeRequest
) -> None:
    process = start()
    contents(process, request_for("lines"))
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    while process.pid is not None:
        time.sleep(0.01)
    assert contents(process, request_for("lines", "next")) == ["next"]


def test_cancel_ends_the_process(start: MakeProcess, request_for: MakeRequest) -> None:
    process = start()
    stop = threading.Event()
    events = process.parse(request_for("hang"), stop.is_set)
    assert isinstance(next(events), PageRead)
    pid = process.pid
    stop.set()
    with pytest.raises(ParseCancelledError, match="stopped on request"):
        list(events)
    assert pid is not None
    assert is_gone(pid)


def test_what_a_parser_started_is_ended_with_it(
    start: MakeProcess, request_for: MakeRequest
) -> None:
    process = start()
    request = request_for("fork")
    told = Path(request.path).with_suffix(".pid")
    with pytest.raises(ParseCancelledError):
        list(process.parse(request, lambda: told.exists() and told.stat().st_size > 0))
    assert is_gone(int(told.read_text(encoding="ascii")))


HOST = """
import sys, threading
from pathlib import Path
from rag.ingestion.process import ParserProcess
from rag.ingestion.wire import ParseRequest

process = ParserProcess(parsers="faulty_parsers", python_path=(Path(sys.argv[1]),))
events = process.parse(ParseRequest(sys.argv[2], sys.argv[2]), lambda: False)
next(events)
print(process.pid, flush=True)
if sys.argv[3] == "idle":
    for event in events:
        pass
    print("idle", flush=True)
    threading.Event().wait()
list(events)
"""


@pytest.mark.parametrize("what", ["hang", "lines"])
def test_the_process_dies_with_its_host(
    tmp_path: Path, request_for: MakeRequest, what: str
) -> None:
    root = Path(__file__).parents[2]
    mode = "busy" if what == "hang" else "idle"
    host = subprocess.Popen(
        [sys.executable, "-c", HOST, PARSERS, request_for(what).path, mode],
        stdout=subprocess.PIPE,
        cwd=root,
        # A host that is killed leaves the folder of its process behind.
        env={"TMPDIR": str(tmp_path)},
    )
    with host:
        assert host.stdout is not None
        pid = int(host.stdout.readline())
        if mode == "idle":
            assert host.stdout.readline() == b"idle\n"
        host.kill()
    assert is_gone(pid)


def test_the_process_outlives_the_thread_that_started_it(
    start: MakeProcess, request_for: MakeRequest
) -> None:
    process = start()
    request = request_for("lines")
    thread = threading.Thread(target=contents, args=(process, request))
    thread.start()
    thread.join()
    pid = process.pid
    assert contents(process, request) == ["some text"]
    assert process.pid == pid


def test_neighbours_go_on(start: MakeProcess, request_for: MakeRequest) -> None:
    victim, neighbour = start(), start()
    hanging = victim.parse(request_for("hang"), never)
    events = neighbour.parse(request_for("big"), never)
    next(hanging)
    next(events)
    victim_pid = victim.pid
    assert victim_pid is not None
    os.kill(victim_pid, signal.SIGKILL)
    with pytest.raises(ParserCrashError):
        list(hanging)
    assert sum(isinstance(event, PageRead) for event in events) >= 199


def test_events_longer_than_a_pipe_holds(start: MakeProcess, request_for: MakeRequest) -> None:
    chunks = contents(start(), request_for("big", chunk_method="one"))
    assert [len(chunk) for chunk in chunks] == [200 * 1201 - 2]


def test_a_chunk_over_the_limit_is_refused(start: MakeProcess, request_for: MakeRequest) -> None:
    with pytest.raises(ParserLimitError, match="choose a chunk method that cuts the document"):
        contents(
            start(characters=40_000_000, memory_base=1 << 30),
            request_for("huge", chunk_method="one"),
        )


@pytest.mark.parametrize("suffix", ["garbage", "endless"])
def test_garbage_on_the_pipe_ends_the_process(
    start: MakeProcess, request_for: MakeRequest, suffix: str
) -> None:
    process = start()
    with pytest.raises(ParserCrashError, match="answered nonsense"):
        contents(process, request_for(suffix))
    assert process.pid is None


def test_what_a_library_prints_is_no_event(start: MakeProcess, request_for: MakeRequest) -> None:
    assert contents(start(), request_for("chatty")) == ["text"]


def test_errors_of_parsers_keep_class_message_and_process(
    start: MakeProcess, request_for: MakeRequest
) -> None:
    process = start()
    with pytest.raises(EncryptedFileError, match=r"^file\.locked needs a password\.$"):
        contents(process, request_for("locked"))
    pid = process.pid
    with pytest.raises(UnsupportedFormatError):
        contents(process, request_for("nosuch"))
    with pytest.raises(ConfigurationError, match="knowledge_graph is not implemented"):
        contents(process, request_for("lines", chunk_method="knowledge_graph"))
    assert process.pid == pid


def test_unexpected_errors_are_logged_and_not_shown(
    start: MakeProcess, request_for: MakeRequest, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ParseError) as raised:
        contents(start(), request_for("broken"))
    assert str(raised.value) == "file.broken could not be read (internal error ZeroDivisionError)."
    assert "secret detail" in caplog.text


def test_the_process_sees_little_of_its_host(
    start: MakeProcess, request_for: MakeRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "hidden")
    process = start()
    (content,) = contents(process, request_for("world"))
    folder, own_session, environment, core, cpu_seconds, descriptors = content.split("\n")
    assert Path(folder).name.startswith("raglan-parser-")
    assert own_session == "True"
    assert "A_SECRET" not in environment
    assert core == "0"
    assert 15 <= int(cpu_seconds) < 60
    assert int(descriptors) <= 7
    process.close()
    assert not Path(folder).exists()


def test_text_that_cannot_be_stored_is_cleaned(
    start: MakeProcess, request_for: MakeRequest
) -> None:
    assert contents(start(), request_for("odd")) == ["ab?c"]


def test_pages_are_counted_in_the_process(start: MakeProcess, request_for: MakeRequest) -> None:
    request = request_for("lines", "a\nb\nc")
    assert start().page_count(Path(request.path), request.name, never) == 3


def test_an_idle_process_is_ended_and_started_again(
    start: MakeProcess, request_for: MakeRequest
) -> None:
    process = start(idle_seconds=0.1)
    contents(process, request_for("lines"))
    pid = process.pid
    assert pid is None or is_gone(pid)
    assert contents(process, request_for("lines", "again")) == ["again"]


@pytest.mark.parametrize("limits", [{"max_files": 1}, {"max_resident": 1}])
def test_a_worn_process_is_replaced(
    start: MakeProcess, request_for: MakeRequest, limits: dict[str, int]
) -> None:
    process = start(**limits)
    contents(process, request_for("lines", "long " * 10_000))
    assert process.pid is None


def test_a_parse_that_is_not_read_to_its_end_ends_the_process(
    start: MakeProcess, request_for: MakeRequest
) -> None:
    process = start()
    events = process.parse(request_for("big"), never)
    assert len(list(islice(events, 2))) == 2
    events.close()
    assert process.pid is None


def test_a_process_without_its_parsers_says_so_in_the_log(
    request_for: MakeRequest, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        ParserProcess(parsers="no.such.module") as process,
        pytest.raises(ParserCrashError, match="exit code 1"),
    ):
        contents(process, request_for("lines"))
    assert "No module named 'no'" in caplog.text


def test_a_process_that_cannot_be_started(
    request_for: MakeRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with ParserProcess() as process, pytest.raises(ParserCrashError, match="could not be started"):
        contents(process, request_for("lines"))
