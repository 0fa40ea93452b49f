"""A worker in this process, and what it has made of documents."""

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.models.cleanup import Cleanup
from api.db.models.dataset import Dataset
from api.db.models.document import Document, StoredChunk, Task
from api.jobs.background import clean_up
from api.jobs.parsing import parse
from api.services.ingestion.heartbeat import Heartbeat
from api.services.ingestion.records import Outcome
from api.services.ingestion.run import Run, open_run
from api.tasks.base import ClaimedTask
from rag.engines.base import QueryTerm, SearchQuery
from rag.ingestion.process import ParserProcess
from rag.tokenizing.tokens import tokenize
from tests.functional.library import API, data_of, make_dataset, upload

PATIENCE = 100
"""Seconds within the time limit of a test: nobody waits for less than what has to happen."""


def never() -> bool:
    """Return false: nobody asks this worker to stop."""
    return False


@dataclass
class Site:
    """A server with a worker; documents are known by their paths, as in `library`.

    `spare` is the parser process of a worker that is at work beside the first.
    """

    services: Services
    client: FlaskClient
    process: ParserProcess
    spare: ParserProcess = field(default_factory=ParserProcess)

    # What a user does.

    def document(self, file: str, content: bytes, dataset: str = "handbook") -> str:
        """Make a dataset with a document and return the document's path."""
        made = make_dataset(self.client, dataset)
        return self.another(f"{API}/datasets/{made['id']}", file, content)

    def another(self, dataset: str, name: str, content: bytes) -> str:
        """Add a document to a dataset and return its path."""
        [document] = upload(self.client, dataset.split("/")[4], (name, content))
        return f"{dataset}/documents/{document['id']}"

    def parse(self, path: str) -> None:
        """Start to parse a document."""
        body = {"document_ids": [path.split("/")[6]]}
        data_of(self.client.post(f"{folder_of(path)}/chunks", json=body))

    def cancel(self, path: str) -> None:
        """Stop the parsing of a document."""
        body = {"document_ids": [path.split("/")[6]]}
        data_of(self.client.delete(f"{folder_of(path)}/chunks", json=body))

    def change(self, path: str, **fields: object) -> None:
        """Change a document."""
        data_of(self.client.put(path, json=fields))

    def replace_content(self, path: str, content: bytes) -> None:
        """Make a document one of another content, as if its file had been exchanged."""
        this = Document.id == path.split("/")[6]
        [row] = self.rows(Document, this)
        self.services.storage.put(row["storage_key"], [content])
        self.set_rows(Document, this, content_hash=hashlib.sha256(content).hexdigest())

    def shown(self, path: str) -> dict[str, Any]:
        """Return a document as lists show it."""
        query = {"id": path.split("/")[6]}
        documents = data_of(self.client.get(f"{folder_of(path)}/documents", query_string=query))
        shown: dict[str, Any] = documents["docs"][0]
        return shown

    def chunks(self, path: str) -> list[dict[str, Any]]:
        """Return all chunks of a document in order."""
        listed = data_of(self.client.get(f"{path}/chunks", query_string={"page_size": 1000}))
        assert listed["total"] == len(listed["chunks"])
        chunks: list[dict[str, Any]] = listed["chunks"]
        return chunks

    def found(self, path: str, word: str) -> list[str]:
        """Return the contents of the chunks of a dataset that a search for a word finds."""
        terms = tuple(QueryTerm(token) for token in tokenize(word))
        query = SearchQuery((path.split("/")[4],), terms, threshold=0.01, limit=1000)
        return [hit.chunk.content for hit in self.services.chunk_store.search(query).hits]

    # What a worker does.

    def claim(self) -> ClaimedTask:
        """Claim a task that must be there."""
        task = wait_until(lambda: self.services.tasks.claim("worker"))
        assert task is not None
        return task

    def run(self, task: ClaimedTask) -> Outcome:
        """Execute a task and return its outcome."""
        return parse(self.services, task, self.process, never)

    def work(self) -> int:
        """Execute tasks until none is left, now or later; return how many there were."""
        count = 0
        while self.rows(Task, Task.state == "pending"):
            self.run(self.claim())
            count += 1
        return count

    @contextmanager
    def working(self, task: ClaimedTask) -> Iterator[None]:
        """Execute a task beside a `with` block, which ends when the task does."""
        worker = threading.Thread(target=parse, args=(self.services, task, self.spare, never))
        worker.start()
        try:
            yield
        finally:
            worker.join(PATIENCE)
            assert not worker.is_alive()

    def ingest(self, task: ClaimedTask) -> None:
        """Execute a task up to the moment at which its chunks would be published."""
        run = self.run_of(task)
        run.begin()
        self.services.ingestion.ingestion.maker.make(run, self.process)

    def run_of(self, task: ClaimedTask) -> Run:
        """Return the run of a task, whose document must be there, with its single steps."""
        beat = Heartbeat(self.services.tasks, task, 60)
        run = open_run(
            self.services.ingestion.ingestion.stores, task, beat, never, read_hidden=False
        )
        assert run is not None
        return run

    def publish(self, task: ClaimedTask) -> None:
        """Make the chunks of a task visible that is ingested already."""
        run = self.run_of(task)
        assert run.switch()
        run.publish("Task done.")

    def lose(self, task: ClaimedTask) -> None:
        """Expire the lease of a task, and recover the task."""
        self.set_rows(Task, Task.id == task.id, lease_until=1)
        self.services.tasks.recover()

    def tidy(self) -> None:
        """Do all that is left to clean up, however long it may wait."""
        self.set_rows(Cleanup, Cleanup.not_before > 0, not_before=0)
        while clean_up(self.services, 0):
            pass

    # What is in the database.

    def rows(self, model: Any, condition: Any) -> list[dict[str, Any]]:
        """Return rows of a table."""
        with connection(self.services.database):
            return list(model.select().where(condition).dicts())

    def set_rows(self, model: Any, condition: Any, **columns: object) -> None:
        """Change rows behind everybody's back."""
        with connection(self.services.database):
            model.update(**columns).where(condition).execute()

    def tasks(self, path: str) -> list[dict[str, Any]]:
        """Return the tasks of a document, the oldest run first."""
        rows = self.rows(Task, Task.document_id == path.split("/")[6])
        return sorted(rows, key=lambda row: (row["generation"], row["part"]))

    def states(self, path: str) -> list[str]:
        """Return the states of a document's tasks."""
        return [task["state"] for task in self.tasks(path)]

    def assert_consistent(self, path: str) -> None:
        """Fail unless counters, chunks in the database and chunk store say the same."""
        dataset_id, document_id = path.split("/")[4::2]
        [document] = self.rows(Document, Document.id == document_id)
        [dataset] = self.rows(Dataset, Dataset.id == dataset_id)
        kept = self.rows(StoredChunk, StoredChunk.document_id == document_id)
        held = self.services.chunk_store.vectors(dataset_id, document_id)
        assert {row["generation"] for row in kept} <= {document["generation"]}
        assert {row["id"] for row in kept} == set(held)
        assert document["chunk_count"] == len(kept)
        assert document["token_count"] == sum(row["token_count"] for row in kept)
        all_documents = self.rows(Document, Document.dataset_id == dataset_id)
        assert dataset["chunk_count"] == sum(row["chunk_count"] for row in all_documents)
        assert dataset["token_num"] == sum(row["token_count"] for row in all_documents)
        assert dataset["document_count"] == len(all_documents)
        assert dataset["size"] == sum(row["size"] for row in all_documents)
        assert all(task["cleaned"] for task in self.tasks(path))


def folder_of(path: str) -> str:
    """Return the path of a document's dataset."""
    return path.partition("/documents/")[0]


def wait_until(condition: Callable[[], Any]) -> Any:
    """Return what a condition gives as soon as that is true.

    It is asked less and less often: what takes seconds would spend them on being asked.
    """
    deadline, rest = time.monotonic() + PATIENCE, 0.005
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(rest)
        rest = min(2 * rest, 0.1)
    return found


def lines_of(message: str) -> list[str]:
    """Return the lines of progress without times, each of which must begin with the time of day."""
    lines = message.splitlines()
    assert all(re.match(r"\d\d:\d\d:\d\d ", line) for line in lines), message
    return [re.sub(r"\d+\.\d+s", "0s", line[9:]) for line in lines]


def done(site: Site, name: str, content: bytes) -> str:
    """Make a document that is parsed."""
    path = site.document(name, content)
    site.parse(path)
    site.work()
    assert site.shown(path)["run"] == "DONE", site.shown(path)
    return path
