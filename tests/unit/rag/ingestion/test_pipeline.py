"""The way of a file to staged chunks, with a real parser process and in-memory parts."""

import dataclasses
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from rag.engines.memory import MemoryChunkStore
from rag.errors import (
    DimensionMismatchError,
    EmptyFileError,
    ParseCancelledError,
    UnsupportedFormatError,
)
from rag.ingestion.identity import ChunkIds
from rag.ingestion.pipeline import IngestCallbacks, IngestJob, IngestPipeline, IngestResult
from rag.ingestion.process import ParserProcess
from rag.ingestion.progress import ProgressReporter
from rag.ingestion.wire import ParseRequest
from rag.llm.hashing import HashingEmbedder
from rag.types import Chunk, DocumentFacts, Matrix

DOCUMENT = DocumentFacts(id="d" * 32, dataset_id="e" * 32, name="notes.txt")


class CountingEmbedder(HashingEmbedder):
    """Remembers how many texts came at once, and which."""

    def __init__(self) -> None:
        """Make short vectors."""
        super().__init__(dimensions=64)
        self.batches: list[list[str]] = []

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        self.batches.append(list(texts))
        return super().embed_documents(texts)


@dataclasses.dataclass
class Desk:
    """A pipeline with all its parts, and what it reports."""

    process: ParserProcess
    folder: Path
    store: MemoryChunkStore = dataclasses.field(default_factory=lambda: MemoryChunkStore(str.split))
    embedder: CountingEmbedder = dataclasses.field(default_factory=CountingEmbedder)
    stored: list[Chunk] = dataclasses.field(default_factory=list)
    progress: list[tuple[float, str]] = dataclasses.field(default_factory=list)
    stop: threading.Event = dataclasses.field(default_factory=threading.Event)
    stop_after_chunks: bool = False

    def keep(self, chunks: Sequence[Chunk]) -> None:
        self.stored += chunks
        if self.stop_after_chunks:
            self.stop.set()

    def job(self, text: str, name: str = "notes.txt", **settings: object) -> IngestJob:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        request = ParseRequest(str(path), name, **settings)  # type: ignore[arg-type]
        return IngestJob(request, DOCUMENT, generation=1)

    def run(self, job: IngestJob) -> IngestResult:
        callbacks = IngestCallbacks(
            lambda fraction, message: self.progress.append((fraction, message)), self.stop.is_set
        )
        pipeline = IngestPipeline(self.process, self.embedder, self.store)
        result = IngestResult()
        with closing(pipeline.run(job, callbacks, result)) as batches:
            for chunks in batches:
                self.keep(chunks)
        return result

    def staged(self) -> dict[str, np.ndarray]:
        self.store.publish(DOCUMENT.dataset_id, DOCUMENT.id, 1)
        return dict(self.store.vectors(DOCUMENT.dataset_id, DOCUMENT.id))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Yield a pipeline whose parser process is ended after the test."""
    with ParserProcess() as process:
        yield Desk(process, tmp_path)


LINES = "\n".join(f"line {number} of many" for number in range(300))


def test_chunks_are_stored_then_staged_and_not_published(desk: Desk) -> None:
    result = desk.run(desk.job(LINES, chunk_token_num=5))
    assert desk.store.count(DOCUMENT.dataset_id) == 0
    assert result.chunks == len(desk.stored) >= 300
    assert result.tokens >= 900
    assert result.pages == 1
    assert [chunk.ordinal for chunk in desk.stored] == list(range(result.chunks))
    assert {chunk.id for chunk in desk.stored} == set(desk.staged())
    first = desk.stored[0]
    assert (first.document_id, first.dataset_id) == (DOCUMENT.id, DOCUMENT.dataset_id)
    assert first.created_at > 0


def test_vectors_belong_to_their_chunks_and_come_in_batches(desk: Desk) -> None:
    desk.run(desk.job(LINES, chunk_token_num=5))
    vectors = desk.staged()
    for chunk in (desk.stored[0], desk.stored[-1]):
        assert np.array_equal(vectors[chunk.id], desk.embedder.embed_query(chunk.content))
    assert max(map(len, desk.embedder.batches)) == 32


def test_questions_stand_for_a_chunk_in_the_vector_space(desk: Desk) -> None:
    desk.run(desk.job("Who?\tMe.\nWhen?\tNow.", chunk_method="qa"))
    assert [chunk.questions for chunk in desk.stored] == [("Who?",), ("When?",)]
    assert desk.embedder.batches == [["Who?", "When?"]]


def test_progress_never_falls_and_ends_in_the_words_of_the_contract(desk: Desk) -> None:
    desk.run(desk.job(LINES))
    fractions = [fraction for fraction, _ in desk.progress]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    messages = [message for _, message in desk.progress if message]
    assert messages[:2] == ["Start to parse.", "Page(1~1) parsing finished"]
    assert messages[2].startswith("Generate ")
    assert messages[3].startswith("Embedding chunks (")
    assert messages[4].startswith("Indexing done (")


def test_what_was_left_out_of_a_file_is_told_beside_what_was_read(desk: Desk) -> None:
    result = desk.run(desk.job('{"a": 1}\n{"a": \n{"a": 3}\n', "lines.jsonl"))
    assert result.notes == ["not valid JSON, left out: line 2"]
    assert "The parser says: not valid JSON, left out: line 2." in [
        said for _, said in desk.progress
    ]


def test_seconds_are_told_by_stage(desk: Desk) -> None:
    seconds = desk.run(desk.job(LINES)).seconds
    assert all(value > 0 for value in dataclasses.asdict(seconds).values())


def test_an_empty_file_is_an_error_that_says_so(desk: Desk) -> None:
    with pytest.raises(EmptyFileError, match=r"notes\.txt"):
        desk.run(desk.job(" \n "))


def test_an_empty_part_of_a_file_is_no_error(desk: Desk) -> None:
    assert desk.run(desk.job(LINES, first_page=5, last_page=6)).chunks == 0


@pytest.mark.parametrize("method", ["qa", "table"])
def test_a_method_that_finds_nothing_says_what_it_looks_for(desk: Desk, method: str) -> None:
    with pytest.raises(EmptyFileError, match=f"The chunk method {method} found no"):
        desk.run(desk.job("just some text", chunk_method=method))


IMAGES = """
from rag.types import Page

def find_parser(name):
    def parse(path, name, options):
        for number in range(1, 31):
            yield Page(number, 30, (), note=f"page {number} holds no text, only an image")
    return parse
"""


def test_a_scan_says_that_its_images_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "only_images.py").write_text(IMAGES, encoding="utf-8")
    with ParserProcess(parsers="only_images", python_path=(tmp_path,)) as process:
        desk = Desk(process, tmp_path)
        with pytest.raises(EmptyFileError) as raised:
            desk.run(desk.job("x"))
    assert "page 1 holds no text, only an image; page 2" in str(raised.value)
    assert len(desk.progress) > 20


def test_errors_of_the_parser_come_through(desk: Desk) -> None:
    with pytest.raises(UnsupportedFormatError, match="not supported"):
        desk.run(desk.job("x", name="file.nosuch"))


def test_cancel_between_batches_ends_the_parse(desk: Desk) -> None:
    desk.stop_after_chunks = True
    with pytest.raises(ParseCancelledError, match="stopped on request"):
        desk.run(desk.job(LINES * 3, chunk_token_num=5))
    assert len(desk.stored) == 128
    assert desk.process.pid is None


def test_an_error_of_the_store_ends_the_parse(desk: Desk) -> None:
    other = DocumentFacts(id="f" * 32, dataset_id=DOCUMENT.dataset_id, name="other")
    chunk = Chunk("1" * 16, other.id, other.dataset_id, "text")
    desk.store.put(other, [chunk], HashingEmbedder(8).embed_documents(["text"]))
    with pytest.raises(DimensionMismatchError):
        desk.run(desk.job(LINES * 3, chunk_token_num=5))
    assert desk.process.pid is None


def test_a_caller_that_takes_no_more_ends_the_parse(desk: Desk) -> None:
    job = desk.job(LINES * 3, chunk_token_num=5)
    callbacks = IngestCallbacks(lambda _fraction, _message: None, desk.stop.is_set)
    result = IngestResult()
    pipeline = IngestPipeline(desk.process, desk.embedder, desk.store)
    with closing(pipeline.run(job, callbacks, result)) as batches:
        assert len(next(batches)) == 128
        assert desk.process.pid is not None
    assert desk.process.pid is None
    assert (result.chunks, desk.staged()) == (0, {})


def test_repeated_content_has_ids_of_its_own_that_stay(desk: Desk) -> None:
    text = "\n".join(["same words"] * 4)
    for _ in range(2):
        desk.run(desk.job(text, chunk_token_num=4))
    ids = [chunk.id for chunk in desk.stored]
    assert len(set(ids[:4])) == 4
    assert ids[:4] == ids[4:]


def test_the_first_id_is_that_of_the_contract() -> None:
    # xxh64, seed 0, of "content" and 32 times "d".
    ids = ChunkIds("d" * 32)
    first, second = ids.next_id("content"), ids.next_id("content")
    assert first == "c79f6b9df0555195"
    assert second != first


def test_parts_of_a_document_do_not_share_ids() -> None:
    parts = [ChunkIds("d" * 32, offset) for offset in (0, 1000, 2000)]
    ids = [part.next_id("same") for part in parts for _ in range(2)]
    assert len(set(ids)) == 6
    assert all(len(chunk_id) == 16 for chunk_id in ids)


def test_ordinals_begin_at_the_offset(desk: Desk) -> None:
    job = dataclasses.replace(desk.job("text"), ordinal_offset=5000)
    desk.run(job)
    assert [chunk.ordinal for chunk in desk.stored] == [5000]


def reports(first: int, last: int, pages: list[tuple[int, int]]) -> list[float]:
    made: list[float] = []
    request = ParseRequest("p", "n", first_page=first, last_page=last)
    reporter = ProgressReporter(request, lambda fraction, _: made.append(fraction))
    for number, total in pages:
        reporter.page_read(number, total)
    return made


def test_the_fraction_is_that_of_the_pages_asked_for() -> None:
    assert reports(11, 20, [(15, 100), (20, 100)]) == [0.475, 0.95]
    assert reports(11, 0, [(15, 20), (20, 20)]) == [0.475, 0.95]
    assert reports(11, 40, [(20, 20)]) == [0.95]


def test_small_steps_and_unknown_totals_are_not_reported() -> None:
    assert reports(1, 0, [(1, 0), (2, 0)]) == []
    assert len(reports(1, 0, [(number, 10_000) for number in range(1, 10_001)])) <= 100


def test_slow_models_are_told_of_now_and_then() -> None:
    told: list[tuple[float, str]] = []
    seconds = iter([0.0, 4.0, 15.0, 16.0, 40.0, 60.0])
    reporter = ProgressReporter(
        ParseRequest("p", "n"), lambda *report: told.append(report), lambda: next(seconds)
    )
    for chunks in (32, 125, 200, 500):
        reporter.embedded(chunks)
    reporter.page_read(8, 10)
    reporter.embedded(4500)
    assert told == [
        (0.95 / 5, "Embedded 125 chunks so far"),
        (0.95 / 2, "Embedded 500 chunks so far"),
        (0.95 * 0.8, ""),
        (0.95 * 0.8, "Embedded 4500 chunks so far"),
    ]
