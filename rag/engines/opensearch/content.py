"""What the indexes in OpenSearch hold, for those who move it elsewhere or to here."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from itertools import chain, islice
from typing import Any, TypeVar

import numpy as np
import xxhash

from rag.engines.base import Staging
from rag.engines.content import Copy, Outline, Place
from rag.engines.opensearch.client import Action, Client, Json, NotFoundError
from rag.engines.opensearch.control import Controls, State
from rag.engines.opensearch.replaced import token
from rag.engines.opensearch.rows import chunk_of, facts_of, read_vector
from rag.engines.opensearch.schema import Schema
from rag.engines.opensearch.snapshot import Snapshot, Snapshots
from rag.engines.opensearch.whole import Frozen, Whole
from rag.types import DocumentFacts

_PIECE = 500
"""Documents, or chunks, of one request."""

_NOTHING = (0, 0.0)

T = TypeVar("T")

Sizes = tuple[int, float]
"""How many chunks a document has, and the number of the last of them that was written.

Chunks never change, so that whatever is done to them makes another pair.
"""


def _print(record: Json, state: State, document_id: str, sizes: Sizes) -> str:
    staged = sorted(state.staged.get(document_id, {}).items())
    text = json.dumps([record, staged, state.rows, *sizes], sort_keys=True)
    return xxhash.xxh3_128_hexdigest(text.encode())


class OpenSearchContent:
    """What is in the indexes."""

    def __init__(
        self,
        client: Client,
        schema: Schema,
        controls: Controls,
        snapshots: Snapshots,
        whole: Whole,
    ) -> None:
        """Initialize with the parts of a store."""
        self._client = client
        self._schema = schema
        self._controls = controls
        self._snapshots = snapshots
        self._whole = whole

    def key(self) -> str:
        """Return what tells this store from any other."""
        self._schema.make_control()
        standing, stamp = self._whole.read()
        if not standing.key:
            standing = replace(standing, key=token())
            self._whole.write(standing, stamp)
        return standing.key

    def _listed(self, kind: str, **terms: Any) -> Iterator[Json]:
        """Yield what the index that says what is visible has of a kind."""
        tests = [{"term": {name: value}} for name, value in ({"kind": kind} | terms).items()]
        body: Json = {
            "size": _PIECE,
            "sort": [{"_seq_no": "asc"}],
            "query": {"bool": {"filter": tests}},
        }
        path = f"/{self._schema.control}/_search?allow_partial_search_results=false"
        with suppress(NotFoundError):
            while True:
                hits = self._client.ask("POST", path, body)["hits"]["hits"]
                yield from hits
                if len(hits) < _PIECE:
                    return
                body["search_after"] = hits[-1]["sort"]

    def _states(self) -> dict[str, State]:
        """Return the states of all datasets."""
        self._schema.refresh_control()
        ids = [hit["_id"] for hit in self._listed("dataset")]
        found: dict[str, State] = {}
        for some in _in_pieces(ids):
            found |= self._controls.read(some)
        return found

    def _records(self, dataset_id: str, state: State) -> Iterator[tuple[str, Json]]:
        """Yield the ids of the documents of a dataset, and what is known of each."""
        for hit in self._listed("document", dataset=dataset_id, life=state.life):
            yield hit["_id"].partition(".")[2], hit["_source"]["state"]

    def lengths(self) -> Mapping[str, int]:
        """Return the lengths of the vectors of datasets that hold some."""
        return {
            dataset_id: state.dimensions
            for dataset_id, state in self._states().items()
            if state.dimensions
        }

    def outlines(self, renew: Callable[[], None]) -> Iterator[Outline]:
        """Yield all documents, those of a dataset one after the other."""
        states = self._states()
        for length in {state.dimensions for state in states.values()} - {0}:
            # What is staged is not yet seen by searches.
            self._client.ask("POST", f"/{self._schema.chunks(length)}/_refresh")
        for dataset_id, state in states.items():
            yield from self._outlines_of(dataset_id, state, renew)

    def _outlines_of(
        self, dataset_id: str, state: State, renew: Callable[[], None]
    ) -> Iterator[Outline]:
        sizes: dict[str, Sizes] = {}
        with self._snapshots.taken([dataset_id]) as snapshot:
            if snapshot is not None:
                state = snapshot.states[dataset_id]
                for document_id, held in _sizes(snapshot, state):
                    renew()
                    sizes[document_id] = held
        for document_id, record in self._records(dataset_id, state):
            renew()
            held = sizes.get(document_id, _NOTHING)
            text = _print(record, state, document_id, held)
            yield Outline(Place(dataset_id, document_id), text, held[0])

    @contextmanager
    def reading(self, dataset_id: str, document_ids: Sequence[str]) -> Iterator[Iterator[Copy]]:
        """Yield some documents of a dataset as they are at one moment."""
        with self._snapshots.taken([dataset_id]) as snapshot:
            if snapshot is None:
                state = self._controls.read([dataset_id]).get(dataset_id)
            else:
                state = snapshot.states[dataset_id]
            records = {} if state is None else self._found(dataset_id, document_ids, state)
            yield iter(()) if state is None else _copies(dataset_id, records, snapshot, state)

    def _found(self, dataset_id: str, document_ids: Sequence[str], state: State) -> dict[str, Json]:
        """Return what is known of those documents that there are, by id, just now."""
        places = [f"{dataset_id}.{document_id}" for document_id in document_ids]
        found = self._client.ask_for_all(f"/{self._schema.control}", places)
        return {
            document_id: one["_source"]["state"]
            for document_id, one in zip(document_ids, found, strict=True)
            if one.get("found") and one["_source"]["life"] == state.life
        }

    def frozen(self) -> AbstractContextManager[Frozen]:
        """Have all others that change the index wait until the block ends."""
        return self._whole.frozen(
            lambda waiting: self._controls.await_holders(
                [key for key, state in self._states().items() if state.holder], waiting
            )
        )

    def begin_copy(self, source: str) -> bool:
        """Note that this is a copy of another store; return False if it holds something else."""
        if self.key() == source:
            return False
        standing, stamp = self._whole.read()
        if standing.copy_of != source:
            if self.copies():
                return False
            self._forget_all()
            self._whole.write(replace(standing, copy_of=source), stamp)
        return True

    def copies(self) -> dict[Place, str]:
        """Return the documents there are with the prints noted of them, or nothing."""
        found: dict[Place, str] = {}
        for dataset_id, state in self._states().items():
            noted = {
                hit["_source"]["state"]["document"]: hit["_source"]["state"]["print"]
                for hit in self._listed("copy", dataset=dataset_id)
            }
            for document_id, _ in self._records(dataset_id, state):
                found[Place(dataset_id, document_id)] = noted.get(document_id, "")
        return found

    def note(self, prints: Mapping[Place, str]) -> None:
        """Note prints of documents."""
        self._client.bulk(
            self._schema.control,
            [
                (
                    {"index": {"_id": _noted(place)}},
                    {
                        "kind": "copy",
                        "dataset": place.dataset_id,
                        "state": {"document": place.document_id, "print": text},
                    },
                )
                for place, text in prints.items()
            ],
        )

    def forget(self, places: Iterable[Place]) -> None:
        """Remove what is noted of documents."""
        actions: list[Action] = [({"delete": {"_id": _noted(place)}}, None) for place in places]
        for some in _in_pieces(actions):
            self._client.bulk(self._schema.control, some)

    def end_copy(self) -> None:
        """Note that this is no copy any more."""
        standing, stamp = self._whole.read()
        self._whole.write(replace(standing, copy_of=""), stamp)
        self._forget_all()

    def _forget_all(self) -> None:
        self._schema.refresh_control()
        path = f"/{self._schema.control}/_delete_by_query?conflicts=proceed"
        self._client.ask("POST", path, {"query": {"term": {"kind": "copy"}}})


def _in_pieces(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    while piece := list(islice(left, _PIECE)):
        yield piece


def _noted(place: Place) -> str:
    return f"copy.{place.dataset_id}.{place.document_id}"


def _sizes(
    snapshot: Snapshot, state: State, document_ids: Sequence[str] | None = None
) -> Iterator[tuple[str, Sizes]]:
    """Yield the sizes of the documents of a dataset, or of some of them."""
    tests: list[Json] = [{"term": {"rows": state.rows}}]
    if document_ids is not None:
        tests.append({"terms": {"document": list(document_ids)}})
    listed: Json = {"size": _PIECE, "sources": [{"id": {"terms": {"field": "document"}}}]}
    last = {"last": {"max": {"field": "_seq_no"}}}
    body = {
        "size": 0,
        "query": {"bool": {"filter": tests}},
        "aggs": {"documents": {"composite": listed, "aggs": last}},
    }
    while True:
        found = snapshot.ask(body)["aggregations"]["documents"]
        for one in found["buckets"]:
            yield one["key"]["id"], (one["doc_count"], one["last"]["value"])
        if "after_key" not in found:
            return
        listed["after"] = found["after_key"]


def _copies(
    dataset_id: str, records: Mapping[str, Json], snapshot: Snapshot | None, state: State
) -> Iterator[Copy]:
    sizes = dict(_sizes(snapshot, state, list(records))) if snapshot else {}
    visible = _visible(snapshot, list(records)) if snapshot else {}
    for document_id, record in records.items():
        yield Copy(
            Place(dataset_id, document_id),
            _print(record, state, document_id, sizes.get(document_id, _NOTHING)),
            record["generation"],
            _pieces(record, visible.get(document_id, ()), snapshot, state),
        )


def _visible(snapshot: Snapshot, document_ids: Sequence[str]) -> Mapping[str, Iterable[Json]]:
    """Return the visible chunks of documents; those of a single one, which may be many, as read."""
    rows = snapshot.scan(snapshot.within({"terms": {"document": list(document_ids)}}))
    if len(document_ids) == 1:
        return {document_ids[0]: rows}
    found: dict[str, list[Json]] = defaultdict(list)
    for row in rows:
        found[row["document"]].append(row)
    return found


def _pieces(
    record: Json, visible: Iterable[Json], snapshot: Snapshot | None, state: State
) -> Iterator[Staging]:
    """Yield the chunks of a document, those of its visible generation first."""
    facts = facts_of(record)
    yield from _stagings(facts, record["generation"], visible)
    for generation, batch in sorted(state.staged.get(facts.id, {}).items()):
        tests = [{"term": {"rows": state.rows}}, {"term": {"document": facts.id}}]
        query: Json = {"bool": {"filter": [*tests, {"term": {"batch": batch}}]}}
        yield from _stagings(facts, int(generation), snapshot.scan(query) if snapshot else ())


def _stagings(facts: DocumentFacts, generation: int, rows: Iterable[Json]) -> Iterator[Staging]:
    # A generation without chunks is one, too.
    for some in chain(_in_pieces(rows), [[]]):
        vectors = np.array([read_vector(row) for row in some], np.float32)
        yield Staging(facts, generation, [chunk_of(row) for row in some], vectors)
