"""How far it is from the entry of a parse to its statements: a reader has to walk it, too."""

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.config.settings import Settings
from tests.functional.ingesting import Site, done, folder_of
from tests.functional.library import add_chunk, data_of
from tests.pdfs import pdf

pytestmark = pytest.mark.databases("sqlite")

MOST = 12
"""Functions of ours that stand one upon the other, those of the database's own module included."""

ROOT = Path(__file__).parents[2]
OURS = (f"{ROOT}/api/", f"{ROOT}/rag/")


class Walks(logging.Handler):
    """Notes who has called whom at each statement, from the entry of the parse on."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.seen: set[tuple[str, ...]] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Record the functions on the stack of a statement that peewee is about to execute."""
        names = list(reversed(list(functions())))
        if "parse" in names and record.name == "peewee":
            self.seen.add(tuple(names[names.index("parse") :]))


def functions() -> Iterator[str]:
    """Yield the names of our functions on the stack, the innermost first."""
    for frame, _ in traceback.walk_stack(None):
        if frame.f_code.co_filename.startswith(OURS):
            yield frame.f_code.co_qualname


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Split documents of more than two pages."""
    worker = settings.worker.model_copy(update={"pages_per_task": 2})
    return settings.model_copy(update={"worker": worker})


@pytest.fixture
def walks() -> Iterator[Walks]:
    """Record all walks of a test."""
    logger = logging.getLogger("peewee")
    noting = Walks()
    logger.addHandler(noting)
    logger.setLevel(logging.DEBUG)
    yield noting
    logger.setLevel(logging.NOTSET)
    logger.removeHandler(noting)


def parse(site: Site, path: str) -> None:
    site.parse(path)
    site.work()


def test_no_statement_of_a_parse_is_far_from_its_entry(site: Site, walks: Walks) -> None:
    path = done(site, "notes.txt", b"The lamp is lit.\n")
    chunk = site.chunks(path)[0]["id"]
    data_of(site.client.put(f"{path}/chunks/{chunk}", json={"content": "The keeper rows."}))
    add_chunk(site.client, path, "The harbour closes in a storm.")
    parse(site, path)  # keeps what people made, and settles it in the chunk store
    folder = folder_of(path)
    for name in ("first.txt", "copy.txt"):
        parse(site, site.another(folder, name, b"The bell rings in fog.\n"))
    parse(site, site.another(folder, "long.pdf", pdf(*(f"Page {n}." for n in range(5)))))
    parse(site, site.another(folder, "broken.pdf", b"%PDF-1.4 and no more"))

    steps = {name for walk in walks.seen for name in walk}
    assert steps >= {"Run.split", "Run.keep", "Run.switch", "Repair.settle", "Reuse.take_over"}
    assert [walk for walk in walks.seen if len(walk) > MOST] == []
