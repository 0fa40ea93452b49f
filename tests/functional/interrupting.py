"""Workers that are interrupted: held at a model, suspended or killed at the chunk store."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from api.config.settings import Settings
from api.container import Services
from api.db.models.dataset import Dataset
from api.db.models.document import Document, StoredChunk
from api.execution import INLINE
from api.jobs.parsing import parse
from api.services.ingestion.build import build_ingestion
from api.services.library.chunk_index import ChunkIndex
from api.tasks.base import ClaimedTask
from rag.llm.hashing import HashingEmbedder
from tests.functional.ingesting import PATIENCE, Site, folder_of, never
from tests.functional.library import data_of
from tests.model_endpoint import ModelEndpoint, Reply, vectors


def embedding_by(endpoint: ModelEndpoint, settings: Settings) -> Settings:
    """Return settings that embed by a model that can be told to wait or to refuse."""
    models = {"embedding_model": "hashing@Endpoint", "embedding_base_url": endpoint.url}
    worker = settings.worker.model_copy(update={"pages_per_task": 2, "retry_delay": 0.001})
    return settings.model_copy(
        update={"models": settings.models.model_copy(update=models), "worker": worker}
    )


class Gate:
    """A reply of the model that comes only when the test lets it."""

    def __init__(self, endpoint: ModelEndpoint) -> None:
        """Become the next reply."""
        self.reached = threading.Event()
        self._open = threading.Event()
        endpoint.script.append(Reply(pieces=self._pieces(endpoint)))

    def _pieces(self, endpoint: ModelEndpoint) -> Iterator[bytes]:
        self.reached.set()
        assert self._open.wait(PATIENCE)
        texts = endpoint.received[-1].body["input"]
        yield from vectors(HashingEmbedder(16).embed_documents(texts).tolist()).pieces

    @contextmanager
    def held(self) -> Iterator[None]:
        """Delay the reply for a `with` block, from the time it is asked for."""
        assert self.reached.wait(PATIENCE)
        try:
            yield
        finally:
            self._open.set()


@contextmanager
def held_in_mid_run(site: Site, endpoint: ModelEndpoint, path: str) -> Iterator[ClaimedTask]:
    """Hold a worker in the middle of a task for a `with` block, after which the task ends."""
    site.parse(path)
    task = site.claim()
    gate = Gate(endpoint)
    with site.working(task), gate.held():
        yield task


def delete(site: Site, path: str) -> None:
    """Delete a document."""
    data_of(site.client.delete(f"{folder_of(path)}/documents", json={"ids": [path.split("/")[6]]}))


def refusal() -> Reply:
    """Return what an endpoint says that is overloaded; to be asked again at once."""
    said = b'{"error": {"message": "The model is overloaded."}}'
    return Reply(status=503, headers={"Retry-After": "0"}, pieces=[said])


def refuse(endpoint: ModelEndpoint, calls: int) -> None:
    """Make the model refuse, each time as often as it is asked for one answer."""
    endpoint.script.extend(refusal() for _ in range(4 * calls))


class Killed(BaseException):
    """What ends a worker in these tests as SIGKILL does: nothing handles it."""


class Tampered:
    """A chunk store in front of one method of which something else happens."""

    def __init__(self, store: Any, method: str, action: Callable[..., None]) -> None:
        """Wrap `store`; `action` gets the method and its arguments."""
        self._store = store
        self._method = method
        self._action = action

    def __getattr__(self, name: str) -> Any:
        """Return a method of the store, which may be the one."""
        method = getattr(self._store, name)
        return partial(self._action, method) if name == self._method else method


def on(site: Site, store: Any) -> Services:
    """Return the services of a worker with another chunk store."""
    services = site.services
    index = ChunkIndex(services.database, store, services.models.models, INLINE)
    ingestion = build_ingestion(
        services.database,
        services.live,
        services.storage,
        store,
        services.tasks,
        services.models.models,
        replace(services.library, index=index),
        services.recorder,
    )
    return replace(services, ingestion=ingestion)


def killed_at(site: Site, method: str, *, after: bool) -> ClaimedTask:
    """Kill a worker at a call of the chunk store, and return its task."""

    def kill(call: Callable[..., Any], *args: Any) -> None:
        if after:
            call(*args)
        raise Killed

    services = on(site, Tampered(site.services.chunk_store, method, kill))
    task = site.claim()
    with pytest.raises(Killed):
        parse(services, task, site.process, never)
    return task


@contextmanager
def stopped_at(site: Site, method: str) -> Iterator[ClaimedTask]:
    """Suspend a worker right before a call of the chunk store for a `with` block."""
    reached, resumed = threading.Event(), threading.Event()

    def suspend(call: Callable[..., Any], *args: Any) -> None:
        reached.set()
        assert resumed.wait(PATIENCE)
        call(*args)

    services = on(site, Tampered(site.services.chunk_store, method, suspend))
    task = site.claim()
    worker = threading.Thread(target=parse, args=(services, task, site.spare, never))
    worker.start()
    try:
        assert reached.wait(PATIENCE)
        yield task
    finally:
        resumed.set()
        worker.join(PATIENCE)


def everything(site: Site, path: str) -> dict[str, Any]:
    """Return all that is known of a document."""
    dataset_id, document_id = path.split("/")[4::2]
    held = site.services.chunk_store.vectors(dataset_id, document_id)
    return {
        "document": site.rows(Document, Document.id == document_id)[0],
        "dataset": site.rows(Dataset, Dataset.id == dataset_id)[0],
        "tasks": site.tasks(path),
        "chunks": site.rows(StoredChunk, StoredChunk.document_id == document_id),
        "held": sorted(held),
    }
