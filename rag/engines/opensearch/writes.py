"""Changes of one dataset, by the process that holds it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import Any

from rag.engines.base import Staging
from rag.engines.indexing import ANALYSIS, Tokenize, check_dimensions
from rag.engines.opensearch.client import Action, Client, Json, NotFoundError
from rag.engines.opensearch.control import Held, Turn
from rag.engines.opensearch.replaced import token
from rag.engines.opensearch.rows import (
    described_again,
    facts_of,
    in_batch,
    make_row,
    of_document,
    record_of,
    row_id,
    turned,
)
from rag.engines.opensearch.schema import Schema
from rag.errors import ChunkStoreError
from rag.types import Chunk, DocumentFacts, Matrix

_PIECE = 500
"""Chunks that one request writes or reads."""

_REMOVED = 5000
"""Chunks that one request removes, for which the server needs a second or two."""

_SLICE = 1000
"""Chunks of the past that are removed at once, as others may wait for the dataset."""

_LOST = 1000
"""Batches of changes that were given up: so many of the last stay hidden."""

_CHUNK_BYTES = 4096
"""About what one chunk takes."""

_NOTHING_PUBLISHED = -1

Change = Callable[[Json], Json]


class Writer:
    """Changes what is held."""

    def __init__(self, client: Client, schema: Schema, held: Held, tokenize: Tokenize) -> None:
        """Initialize with what is held; `settle` comes first."""
        self._client = client
        self._schema = schema
        self._held = held
        self._tokenize = tokenize

    @property
    def _index(self) -> str:
        return self._schema.chunks(self._held.state.dimensions)

    @property
    def _routing(self) -> str:
        return f"routing={self._held.dataset_id}"

    def _refresh(self) -> None:
        if self._held.state.dimensions:
            self._client.ask("POST", f"/{self._index}/_refresh")

    # What switches leave behind

    def settle(self) -> None:
        """Carry out what switches have left to do, and changes that failed."""
        if self._held.state.turns or self._held.state.loose:
            self._refresh()
            self._settle()

    def _settle(self) -> None:
        state = self._held.state
        batches = [*state.lost, *state.loose]
        self._write_records({turn.document: turn.record for turn in state.turns})
        gone = [*(turn.gone for turn in state.turns), {"terms": {"batch": batches}}]
        if state.dimensions:
            within = {"filter": [{"term": {"rows": state.rows}}], "minimum_should_match": 1}
            query = {"bool": {**within, "should": gone}}
            while self._remove(self._index, query, _REMOVED) == _REMOVED:
                self._held.renew()
        self._held.replace_later(turns=(), loose=(), lost=tuple(batches[-_LOST:]))

    def _remove(self, index: str, query: Json, most: int) -> int:
        path = (
            f"/{index}/_delete_by_query?refresh=true&conflicts=proceed&max_docs={most}"
            f"&{self._routing}"
        )
        return int(self._client.ask("POST", path, {"query": query})["deleted"])

    def _switch(self, turns: Sequence[Turn], staged: Mapping[str, dict[str, str]]) -> None:
        """Show what was written, hide what it takes the place of, and remove that."""
        self._refresh()
        state = self._held.state
        shown = state.shown + 1
        self._held.replace(turns=tuple(turns), staged=staged, loose=(), shown=shown)
        # The change is made; whoever holds the dataset next, or cleans up, does the rest.
        with suppress(ChunkStoreError):
            self._settle()

    # What is known of documents

    def _record_id(self, document_id: str) -> str:
        return f"{self._held.dataset_id}.{document_id}"

    def records(self, document_ids: Iterable[str]) -> dict[str, Json]:
        """Return what is known of documents, by id."""
        wanted = {self._record_id(one): one for one in document_ids}
        index = f"/{self._schema.control}"
        found = self._client.ask_for_all(index, list(wanted)) if wanted else []
        life = self._held.state.life
        return {
            wanted[one["_id"]]: one["_source"]["state"]
            for one in found
            if one.get("found") and one["_source"]["life"] == life
        }

    def _write_records(self, records: Mapping[str, Json | None]) -> None:
        self._client.bulk(self._schema.control, [self._kept(*pair) for pair in records.items()])

    def _kept(self, document_id: str, record: Json | None) -> Action:
        place = {"_id": self._record_id(document_id)}
        if record is None:
            return {"delete": place}, None
        return {"index": place}, {
            "kind": "document",
            "dataset": self._held.dataset_id,
            "life": self._held.state.life,
            "analysis": ANALYSIS,
            "state": record,
        }

    def _record(self, document_id: str) -> Json | None:
        return self.records([document_id]).get(document_id)

    @staticmethod
    def _known(facts: DocumentFacts, record: Json | None) -> Json:
        """Return what is known of a document that chunks come to; they say its language."""
        if record is None:
            return record_of(facts, _NOTHING_PUBLISHED)
        known = replace(facts_of(record), language=facts.language)
        return record_of(known, record["generation"])

    def _hidden(self, document_id: str) -> list[str]:
        return list(self._held.state.staged.get(document_id, {}).values())

    # Chunks

    def _write(self, rows: Iterable[Json]) -> None:
        left = iter(rows)
        while actions := [_action(row) for row in islice(left, _PIECE)]:
            self._client.bulk(self._index, actions, f"?{self._routing}")
            self._held.renew()

    def _read(self, document_id: str, without: Sequence[str], **wanted: Any) -> Iterator[Json]:
        """Yield chunks of a document that are not in some batches."""
        body: Json = {
            "size": _PIECE,
            "sort": [{"batch": "asc"}, {"chunk": "asc"}],
            "query": of_document(document_id, without, **wanted),
        }
        body["query"]["bool"]["filter"].append({"term": {"rows": self._held.state.rows}})
        path = f"/{self._index}/_search?allow_partial_search_results=false&{self._routing}"
        while self._held.state.dimensions:
            hits = self._client.ask("POST", path, body)["hits"]["hits"]
            yield from (hit["_source"] for hit in hits)
            if len(hits) < _PIECE:
                return
            body["search_after"] = hits[-1]["sort"]

    def _fitted(self, actual: int) -> dict[str, Any]:
        """Return what changes so that vectors of a length may be written."""
        state = self._held.state
        if actual > 0 and state.dimensions == actual:
            return {}
        changes: dict[str, Any] = {"dimensions": actual}
        if state.dimensions:
            self._refresh()
            query = {"query": {"term": {"rows": state.rows}}}
            if self._client.ask("POST", f"/{self._index}/_count?{self._routing}", query)["count"]:
                check_dimensions(state.dimensions, actual)
            changes |= {"rows": token(), "staged": {}}
        self._schema.make_chunks(actual)
        return changes

    def _rows(
        self, facts: DocumentFacts, batch: str, chunks: Sequence[Chunk], vectors: Matrix
    ) -> list[Json]:
        pairs = {chunk.id: (chunk, row) for chunk, row in zip(chunks, vectors, strict=True)}
        rows = self._held.state.rows
        return [make_row(facts, *pair, batch, rows, self._tokenize) for pair in pairs.values()]

    # Changes

    def stage(self, stagings: Sequence[Staging]) -> None:
        """Write chunks that nobody finds before they are published."""
        records = self.records({item.document.id for item in stagings})
        for item in stagings:
            if len(item.chunks):
                changes = self._fitted(int(item.vectors.shape[1]))
                if changes:
                    self._held.replace(**changes)
            known = records.get(item.document.id)
            if item.generation == (known["generation"] if known else _NOTHING_PUBLISHED):
                self.put(item.document, item.chunks, item.vectors)
            else:
                records[item.document.id] = self._stage_one(item, known)

    def _stage_one(self, item: Staging, known: Json | None) -> Json:
        document_id = item.document.id
        record = self._known(item.document, known)
        held = dict(self._held.state.staged.get(document_id, {}))
        batch = held.setdefault(str(item.generation), token())
        rows = self._rows(facts_of(record), batch, item.chunks, item.vectors)
        if rows and batch not in self._hidden(document_id):
            self._held.replace(staged={**self._held.state.staged, document_id: held})
        if record != known:
            self._write_records({document_id: record})
        self._write(rows)
        return record

    def publish(self, generations: Mapping[str, int]) -> None:
        """Make generations of documents, by id, the visible ones."""
        turns = []
        staged = dict(self._held.state.staged)
        for document_id, record in self.records(generations).items():
            generation = generations[document_id]
            batch = staged.get(document_id, {}).get(str(generation))
            is_late = generation < record["generation"] and batch is None
            # A late repeat of an older publication is ignored.
            if generation != record["generation"] and not is_late:
                gone = of_document(document_id, [batch] if batch else [])
                turns.append(Turn(document_id, gone, {**record, "generation": generation}))
                staged.pop(document_id, None)
        if turns:
            self._switch(turns, staged)

    def adopt(self, document_id: str, generation: int) -> None:
        """Add a staged generation to the visible one."""
        record = self._record(document_id)
        held = dict(self._held.state.staged.get(document_id, {}))
        batch = held.pop(str(generation), None)
        if record is None or batch is None:
            return
        self._refresh()
        others = list(held.values())
        ids = [row["chunk"] for row in self._of_batch(document_id, batch)]
        gone = of_document(document_id, [batch, *others], ids)
        staged = {**self._held.state.staged, document_id: held}
        self._switch([Turn(document_id, gone, record)], staged)

    def _of_batch(self, document_id: str, batch: str) -> Iterator[Json]:
        return (row for row in self._read(document_id, []) if row["batch"] == batch)

    def discard(self, document_id: str, generation: int) -> None:
        """Remove a staged generation."""
        held = dict(self._held.state.staged.get(document_id, {}))
        batch = held.pop(str(generation), None)
        if batch is not None:
            staged = {**self._held.state.staged, document_id: held}
            self._held.replace(staged=staged, loose=(batch,))
            self.settle()

    def put(self, document: DocumentFacts, chunks: Sequence[Chunk], vectors: Matrix) -> None:
        """Add visible chunks, or replace those with the same ids."""
        record = self._known(document, self._record(document.id))
        batch = token()
        changes = self._fitted(int(vectors.shape[1])) if chunks else {}
        if changes or chunks:
            self._held.replace(**changes, loose=(batch,))
        rows = self._rows(facts_of(record), batch, chunks, vectors)
        self._write(rows)
        kept = [batch, *self._hidden(document.id)]
        gone = of_document(document.id, kept, [row["chunk"] for row in rows])
        self._switch([Turn(document.id, gone, record)], self._held.state.staged)

    def remove(self, document_id: str, chunk_ids: Sequence[str]) -> None:
        """Remove some visible chunks."""
        record = self._record(document_id)
        if record is not None:
            gone = of_document(document_id, self._hidden(document_id), chunk_ids)
            self._switch([Turn(document_id, gone, record)], self._held.state.staged)

    def set_available(self, document_id: str, chunk_ids: Sequence[str], *, available: bool) -> None:
        """Make visible chunks available to searches, or unavailable."""
        record = self._record(document_id)
        if record is not None:
            facts = facts_of(record)
            self._again(
                document_id, record, lambda row: turned(row, facts, available=available), chunk_ids
            )

    def _again(
        self,
        document_id: str,
        record: Json,
        change: Change,
        chunk_ids: Sequence[str] | None = None,
    ) -> None:
        """Write visible chunks of a document, all or some, in another form, and switch to it."""
        batch, hidden = token(), self._hidden(document_id)
        self._held.replace(loose=(batch,))
        found = self._read(document_id, [batch, *hidden], chunk_ids=chunk_ids)
        self._write(in_batch(change(row), batch) for row in found)
        gone = of_document(document_id, [batch, *hidden], chunk_ids)
        self._switch([Turn(document_id, gone, record)], self._held.state.staged)

    def put_document(self, facts: DocumentFacts) -> None:
        """Add a document, or replace what is known of it and of its chunks."""
        known = self._record(facts.id)
        if known is None:
            self._write_records({facts.id: record_of(facts, _NOTHING_PUBLISHED)})
            return
        # The language is that of the chunks that are there.
        facts = replace(facts, language=known["facts"]["language"])
        record = record_of(facts, known["generation"])
        if record != known:
            self._describe(facts, record, anew=facts.found_by != facts_of(known).found_by)

    def _describe(self, facts: DocumentFacts, record: Json, *, anew: bool) -> None:
        def change(row: Json) -> Json:
            return described_again(row, facts, self._tokenize, anew=anew)

        if staged := self._hidden(facts.id):
            self._refresh()
            found = self._read(facts.id, [])
            self._write(change(row) for row in found if row["batch"] in staged)
        self._again(facts.id, record, change)

    def renew(self, document_id: str) -> None:
        """Index all chunks of a document again."""
        record = self._record(document_id)
        if record is None:
            self._write_records({document_id: None})
        else:
            self._describe(facts_of(record), record, anew=True)

    def drop_document(self, document_id: str) -> None:
        """Delete a document and all its chunks."""
        if self._record(document_id) is not None:
            staged = {k: v for k, v in self._held.state.staged.items() if k != document_id}
            self._switch([Turn(document_id, of_document(document_id, []), None)], staged)

    def drop_dataset(self) -> None:
        """Forget the dataset; what it held, which nobody finds any more, is removed later."""
        state = self._held.state
        former = (*state.former, (state.rows, state.dimensions))
        self._held.replace(
            life=token(), rows=token(), dimensions=0, shown=0, staged={}, lost=(), former=former
        )

    def remove_former(self) -> int:
        """Remove some of what the dataset held in the past; return about how many bytes."""
        former = self._held.state.former
        if not former:
            return 0
        rows, dimensions = former[0]
        removed = 0
        if dimensions:
            index = self._schema.chunks(dimensions)
            self._client.ask("POST", f"/{index}/_refresh")
            removed = self._remove(index, {"term": {"rows": rows}}, _SLICE)
        if removed < _SLICE:
            self._forget_records()
            self._held.replace(former=former[1:])
        return removed * _CHUNK_BYTES

    def _forget_records(self) -> None:
        of_dataset = [{"term": {"kind": "document"}}, {"term": {"dataset": self._held.dataset_id}}]
        former = {"term": {"life": self._held.state.life}}
        query = {"query": {"bool": {"filter": of_dataset, "must_not": [former]}}}
        index = self._schema.control
        with suppress(NotFoundError):
            self._client.ask("POST", f"/{index}/_refresh")
            self._client.ask("POST", f"/{index}/_delete_by_query?conflicts=proceed", query)


def _action(row: Json) -> Action:
    return {"index": {"_id": row_id(row["batch"], row["chunk"])}}, row
