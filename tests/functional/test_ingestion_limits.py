"""What a document may take: a limit ends its run at once, and others have their turn."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask

from api.config.settings import Settings
from api.container import Services
from api.db.models.document import StoredChunk
from rag.ingestion.limits import ParserLimits
from rag.ingestion.process import ParserProcess
from tests.functional.conftest import client_with, join
from tests.functional.ingesting import Site
from tests.functional.library import API, make_dataset
from tests.pdfs import pdf

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.long]

Limited = Callable[..., Site]

PAGES = [f"Page number{number} " + "tells of the lamp. " * 10 for number in range(1, 8)]

DYING = """
import os, signal, time

def find_parser(name):
    return parse

def page_count(path, name):
    return 1

def parse(path, name, options):
    held = os.urandom(1 << 16) * 16 * int(path.read_text())
    time.sleep(0.3)  # the worker looks every 0.05 s
    os.kill(os.getpid(), signal.SIGABRT)
    yield held
"""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Split documents of more than two pages."""
    worker = settings.worker.model_copy(update={"pages_per_task": 2})
    return settings.model_copy(update={"worker": worker})


@pytest.fixture
def limited(site: Site, tmp_path: Path) -> Iterator[Limited]:
    """Build a worker whose parser process has other limits, or parsers."""
    with ExitStack() as stack:

        def make(parsers: str = "rag.parsing.registry", **limits: float) -> Site:
            chosen = ParserLimits(**limits)  # type: ignore[arg-type]
            process = ParserProcess(chosen, parsers, (tmp_path,))
            site.process = stack.enter_context(process)
            return site

        yield make


def test_a_limit_ends_the_run_at_the_first_attempt_and_leaves_nothing(limited: Limited) -> None:
    site = limited(characters=1000, expansion=0)
    path = site.document("long.txt", b"The lamp is lit at dusk. " * 10_000)
    site.parse(path)

    assert site.work() == 1

    shown = site.shown(path)
    assert (shown["run"], shown["chunk_count"]) == ("FAIL", 0)
    assert "long.txt says the same again and again" in shown["progress_msg"]
    assert "worker.parse_expansion" in shown["progress_msg"]
    assert site.states(path) == ["failed"]
    assert site.rows(StoredChunk, StoredChunk.seq > 0) == []


def test_the_parts_of_a_document_have_one_limit_together(limited: Limited) -> None:
    site = limited(characters=700, expansion=0)
    path = site.document("long.pdf", pdf(*PAGES))
    site.parse(path)

    site.work()

    assert site.shown(path)["run"] == "FAIL"
    assert "long.pdf says the same again and again" in site.shown(path)["progress_msg"]
    assert site.states(path) == ["done", "failed", "cancelled", "cancelled"]


def test_a_run_anew_begins_with_nothing_used(limited: Limited) -> None:
    site = limited(characters=2500, expansion=0)
    path = site.document("long.pdf", pdf(*PAGES))
    for _ in range(2):
        site.parse(path)
        site.work()

        assert site.shown(path)["run"] == "DONE", site.shown(path)


def test_chunks_and_time_of_a_document_are_limited(limited: Limited) -> None:
    site = limited(chunks=2)
    path = site.document("many.txt", b"The lamp is lit at dusk.\n" * 1000)
    site.parse(path)
    site.work()
    assert "many.txt makes more than 2 chunks" in site.shown(path)["progress_msg"]

    limited(document_seconds=0.001)
    site.parse(path)
    site.work()
    assert "Reading and indexing many.txt took more than" in site.shown(path)["progress_msg"]
    assert "worker.document_timeout" in site.shown(path)["progress_msg"]


@pytest.mark.parametrize(
    ("megabytes", "attempts", "said"),
    [
        (b"1", 2, "the parser process died (signal 6, SIGABRT). (attempt 2, the last)."),
        (b"150", 1, "takes more than the 200 MB of memory"),
    ],
)
def test_a_crash_is_tried_twice_and_a_lack_of_memory_once(
    limited: Limited, tmp_path: Path, megabytes: bytes, attempts: int, said: str
) -> None:
    (tmp_path / "dying_parsers.py").write_text(DYING, encoding="utf-8")
    site = limited("dying_parsers", memory_base=200 << 20)
    path = site.document("a.txt", megabytes)
    site.parse(path)

    assert site.work() == attempts

    assert site.shown(path)["run"] == "FAIL"
    assert said in site.shown(path)["progress_msg"]


def test_files_of_one_tenant_delay_those_of_another_by_at_most_two_tasks(
    limited: Limited, app: Flask, services: Services
) -> None:
    site = limited()
    other = Site(services, client_with(app, join(services, "o@example.org").api_key), site.process)
    folder = f"{API}/datasets/{make_dataset(site.client, 'many')['id']}"
    many = [site.another(folder, f"{number}.txt", b"a lamp") for number in range(5)]
    for path in many:
        site.parse(path)
    site.run(site.claim())
    late = other.document("late.txt", b"The tide table hangs here.", "late")
    other.parse(late)

    for _ in range(2):
        site.run(site.claim())

    assert other.shown(late)["run"] == "DONE"
    assert sum(site.states(path) == ["pending"] for path in many) == 3
