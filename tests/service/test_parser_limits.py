"""The limits of a document, in a real process: each ends it with what to do and which setting."""

import signal
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import ParserCrashError, ParserLimitError
from rag.ingestion.limits import Account, Use
from rag.ingestion.process import ParserProcess
from rag.ingestion.wire import ParseRequest
from tests.service.parser_site import MEGABYTE, MakeProcess, MakeRequest, contents, never, warm


def test_computing_time_is_limited_by_the_kernel(
    start: MakeProcess, request_for: MakeRequest, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ParserLimitError, match=r"took more computing than a file of 1 KB may"):
        contents(start(), request_for("spin"))
    assert "died" not in caplog.text


def test_computing_time_is_limited_by_the_worker(
    start: MakeProcess, request_for: MakeRequest
) -> None:
    process = start(cpu=0.6)
    with pytest.raises(ParserLimitError, match=r"\(1 s\): split it, .* worker\.parse_cpu raised"):
        contents(process, request_for("burn"))
    assert process.pid is None


def test_the_setting_that_is_named_is_the_one_that_raises_the_limit(
    start: MakeProcess, request_for: MakeRequest
) -> None:
    with pytest.raises(ParserLimitError, match=r"worker\.parse_timeout raised"):
        contents(warm(start(), request_for("lines"), seconds=1.0), request_for("burn"))
    with pytest.raises(ParserLimitError, match=r"worker\.parse_memory_bytes raised"):
        contents(start(memory=300 * MEGABYTE), request_for("eat"))


@pytest.mark.parametrize("suffix", ["eat", "fill"])
def test_a_parser_that_eats_memory_is_ended(
    start: MakeProcess, request_for: MakeRequest, suffix: str
) -> None:
    process = start(memory_base=150 * MEGABYTE)
    said = rf"file\.{suffix} takes more than the 150 MB .* worker\.parse_memory_base raised"
    with pytest.raises(ParserLimitError, match=said):
        contents(process, request_for(suffix))
    assert process.pid is None
    assert contents(process, request_for("lines", "next")) == ["next"]


def test_memory_grows_with_the_file(start: MakeProcess, request_for: MakeRequest) -> None:
    request = request_for("eat", "x" * MEGABYTE)
    with pytest.raises(ParserLimitError, match="more than the 160 MB of memory that a file of 1"):
        contents(start(memory_base=150 * MEGABYTE), request)


def parse_when_seen(process: ParserProcess, request: ParseRequest, memory: int) -> None:
    """Read a file whose parser dies as soon as the worker has seen it hold so many bytes."""
    path = Path(request.path)
    account = process.account(path, request.name)

    def look() -> bool:
        if account.peak >= memory:
            path.with_suffix(".seen").touch()
        return False

    list(process.parse(request, look, account))


@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGSEGV, signal.SIGKILL])
def test_a_death_near_the_limit_of_memory_is_no_crash(
    start: MakeProcess, request_for: MakeRequest, number: signal.Signals
) -> None:
    process = start(memory_base=200 * MEGABYTE)
    dying = replace(request_for("full", "150"), name=f"{number.value}-a.full")
    with pytest.raises(ParserLimitError, match="takes more than the 200 MB of memory"):
        parse_when_seen(process, dying, 150 * MEGABYTE)


def test_a_library_that_gets_no_memory_and_says_so_is_no_crash(
    start: MakeProcess, request_for: MakeRequest
) -> None:
    with pytest.raises(ParserLimitError, match="takes more than the 320 MB of memory"):
        contents(start(), request_for("refused"))


def test_a_death_far_from_the_limit_is_a_crash_also_after_a_large_file(
    start: MakeProcess, request_for: MakeRequest
) -> None:
    process = start(memory_base=200 * MEGABYTE)
    with pytest.raises(ParserCrashError, match="signal 6, SIGABRT"):
        parse_when_seen(process, replace(request_for("full", "1"), name="6-a.full"), MEGABYTE)


def test_what_comes_out_is_limited(start: MakeProcess, request_for: MakeRequest) -> None:
    said = (
        r"file\.flood says the same again and again: 1\.\d million characters out of 1 KB; "
        r"the limit is 1\.0 million\. .* worker\.parse_expansion raised"
    )
    with pytest.raises(ParserLimitError, match=said):
        contents(start(characters=1_000_000), request_for("flood"))
    with pytest.raises(ParserLimitError, match=said):
        contents(start(characters=1_000_000), request_for("flood", chunk_method="one"))


def test_chunks_are_limited(start: MakeProcess, request_for: MakeRequest) -> None:
    with pytest.raises(
        ParserLimitError, match=r"more than 100 chunks: .* worker\.max_chunks raised"
    ):
        contents(start(chunks=100), request_for("flood"))


def test_the_time_of_the_whole_is_limited(start: MakeProcess, request_for: MakeRequest) -> None:
    said = r"Reading and indexing file\.hang took more than 1 seconds.*worker\.document_timeout"
    with pytest.raises(ParserLimitError, match=said):
        contents(start(document_seconds=1.0), request_for("hang"))


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (Use(cpu=14.5), "more computing"),
        (Use(seconds=2400.0), "Reading and indexing"),
        (Use(characters=8_000_000), "again and again"),
        (Use(chunks=1_000_000), "more than 1,000,000 chunks"),
    ],
)
def test_what_other_parts_of_the_document_took_counts(
    start: MakeProcess, request_for: MakeRequest, others: Use, said: str
) -> None:
    process = start()
    request = request_for("burn" if others.cpu else "flood")
    account = Account(request.name, Path(request.path).stat().st_size, process.limits, others)
    with pytest.raises(ParserLimitError, match=said):
        list(process.parse(request, never, account))


def test_an_account_says_what_was_taken(start: MakeProcess, request_for: MakeRequest) -> None:
    process = start()
    request = request_for("big")
    account = process.account(Path(request.path), request.name)

    list(process.parse(request, never, account))

    assert account.use.characters == pytest.approx(240_000, rel=0.01)
    assert account.use.chunks > 50
    assert account.use.cpu > 0
    assert account.use.seconds > 0
