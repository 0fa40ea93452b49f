"""The changes of an index in tables, each meant for one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.engines.conditions import members
from rag.engines.indexing import ANALYSIS, Tokenize, check_dimensions
from rag.engines.segmented.rows import Dataset, Ready, make_ready, read_chunk, read_text
from rag.engines.segmented.session import Session
from rag.types import PATH, Chunk, DocumentFacts, MetaValue

_KEPT_CHANGES = 256


@dataclass(frozen=True, slots=True)
class _Document:
    """The row of a document in the store."""

    number: int
    name: str
    enabled: bool
    generation: int
    language: str
    metadata: Mapping[str, MetaValue]

    @property
    def found_by(self) -> str:
        """Return the words by which its chunks are found."""
        return DocumentFacts("", "", self.name, self.metadata).found_by


_DATASETS = "SELECT number, dimensions, version, next_row, id FROM dataset WHERE "


def find_dataset(session: Session, dataset_id: str, locking: str = "") -> Dataset | None:
    """Return a dataset's row, or None."""
    found = session.fetch(f"{_DATASETS}id = ? {locking}", (dataset_id,))
    return Dataset(*found[0]) if found else None


def _hold_dataset(session: Session, dataset_id: str, *, create: bool) -> Dataset | None:
    """Return a dataset's row, which nobody else changes until the transaction ends, or None."""
    while True:
        found = find_dataset(session, dataset_id, session.locking)
        if found is not None:
            return found
        # Whoever held it before may have put another row in its place.
        if create:
            session.execute(
                "INSERT INTO dataset (id) VALUES (?) ON CONFLICT (id) DO NOTHING", (dataset_id,)
            )
        elif find_dataset(session, dataset_id) is None:
            return None


def find_large_datasets(session: Session, rows: int) -> list[Dataset]:
    """Return datasets that so many rows were written to."""
    return [Dataset(*found) for found in session.fetch(_DATASETS + "next_row >= ?", [rows])]


def find_outdated(session: Session) -> tuple[str, str] | None:
    """Return the ids of a document that was indexed otherwise, and of its dataset before it."""
    found = session.fetch(
        "SELECT dataset.id, document.id FROM document JOIN dataset"
        " ON dataset.number = document.dataset WHERE analysis < ? LIMIT 1",
        (ANALYSIS,),
    )
    return (found[0][0], found[0][1]) if found else None


class Writer:
    """Changes one dataset within one transaction."""

    def __init__(
        self, session: Session, tokenize: Tokenize, dataset_id: str, *, create: bool
    ) -> None:
        """Find the dataset, or create it."""
        self._session = session
        self._fetch = session.fetch
        self._execute = session.execute
        self._execute_many = session.execute_many
        self._tokenize = tokenize
        self._dataset_id = dataset_id
        self.deleted: list[int] = []
        self.former: Dataset | None = None
        found = _hold_dataset(session, dataset_id, create=create)
        self.dataset = found or Dataset(0, 0, 0, 0)

    def save(self) -> None:
        """Write down how far the dataset has come."""
        dataset = self.dataset
        self._execute(
            "UPDATE dataset SET dimensions = ?, version = ?, next_row = ? WHERE number = ?",
            (dataset.dimensions, dataset.version, dataset.next_row, dataset.number),
        )

    def _column(self, statement: str, values: tuple[object, ...]) -> list[int]:
        return [value for (value,) in self._fetch(statement, values)]

    def _document(self, document_id: str) -> _Document | None:
        found = self._fetch(
            "SELECT document.number, document.name, enabled, generation, language, text"
            " FROM document LEFT JOIN metadata"
            " ON metadata.document = document.number AND metadata.name = ?"
            " WHERE dataset = ? AND id = ?",
            (self._session.any_text(PATH), self.dataset.number, document_id),
        )
        if not found:
            return None
        paths = [read_text(text) for *_, text in found if text is not None]
        number, name, enabled, generation, language, _ = found[0]
        return _Document(number, name, enabled, generation, language, {PATH: paths})

    def _record(self, rows: Sequence[int], *, visible: bool) -> None:
        if not rows:
            return
        dataset = self.dataset
        self.dataset = replace(dataset, version=dataset.version + 1)
        running = np.array(rows, np.uint64).astype(np.uint32)
        self._execute(
            "INSERT INTO change VALUES (?, ?, ?, ?)",
            (dataset.number, self.dataset.version, visible, running.tobytes()),
        )
        self._execute(
            "DELETE FROM change WHERE dataset = ? AND version <= ?",
            (dataset.number, self.dataset.version - _KEPT_CHANGES),
        )

    def _visible_rows(self, document: _Document) -> list[int]:
        return self._column(
            "SELECT row FROM chunk WHERE document = ? AND generation = ? AND available",
            (document.number, document.generation),
        )

    def _delete_rows(self, rows: list[int]) -> None:
        self.deleted += [row - self.dataset.row(0) for row in rows]
        self._execute("DELETE FROM chunk WHERE row = ANY(?)", (rows,))
        self._execute("DELETE FROM body WHERE row = ANY(?)", (rows,))

    def _hide_and_delete(self, document: _Document, rows: list[int]) -> None:
        gone = set(rows)
        shown = self._visible_rows(document) if document.enabled else []
        self._record([row for row in shown if row in gone], visible=False)
        self._delete_rows(rows)

    def put_document(self, facts: DocumentFacts) -> None:
        """Add a document, or replace what is known of it."""
        known = self._document(facts.id)
        if known is None:
            self._add_document(facts)
            return
        shown = self._visible_rows(known)
        if known.enabled != facts.enabled:
            self._record(shown, visible=facts.enabled)
        self._execute(
            "UPDATE document SET name = ?, enabled = ? WHERE number = ?",
            (facts.name, facts.enabled, known.number),
        )
        self._put_metadata(known.number, facts.metadata)
        again = replace(known, name=facts.name, enabled=facts.enabled, metadata=facts.metadata)
        if known.found_by != again.found_by:
            self._index_again(again)

    def _add_document(self, facts: DocumentFacts) -> None:
        self._execute(
            "INSERT INTO document (dataset, id, name, enabled, analysis, language)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (self.dataset.number, facts.id, facts.name, facts.enabled, ANALYSIS, facts.language),
        )
        known = self._document(facts.id)
        if known is not None:
            self._put_metadata(known.number, facts.metadata)

    def _put_metadata(self, document: int, metadata: Mapping[str, MetaValue]) -> None:
        text = self._session.any_text
        self._execute("DELETE FROM metadata WHERE document = ?", (document,))
        self._execute_many(
            "INSERT INTO metadata VALUES (?, ?, ?, ?, ?)",
            [
                (document, text(name), text(member.text), member.number, member.numeric)
                for name, value in metadata.items()
                for member in members(value)
            ],
        )

    def renew(self, document_id: str) -> None:
        """Index all chunks of a document again, and note that they are as this program has it."""
        document = self._document(document_id)
        if document is not None:
            self._index_again(document)

    def _index_again(self, document: _Document) -> None:
        """Move all chunks of a document to new rows, as what rows hold never changes."""
        found = self._fetch(
            "SELECT row, generation, vector, id, document, dataset, available, content"
            " FROM passage WHERE document_number = ?",
            (document.number,),
        )
        self._hide_and_delete(document, [row for row, *_ in found])
        for _, generation, vector, *columns in found:
            self._insert(
                document, generation, [self._ready(document, read_chunk(*columns), vector)]
            )
        self._execute(
            "UPDATE document SET analysis = ? WHERE number = ?", (ANALYSIS, document.number)
        )

    def _ready(self, document: _Document, chunk: Chunk, vector: bytes) -> Ready:
        return make_ready(document.found_by, document.language, chunk, vector, self._tokenize)

    def add(
        self, facts: DocumentFacts, generation: int | None, chunks: Sequence[Ready], dimensions: int
    ) -> None:
        """Add chunks to a generation, or to the visible one.

        A known document keeps its facts, but for the language that it is now said to be in.
        """
        if chunks:
            self._fit_dimensions(dimensions)
        if self._document(facts.id) is None:
            self._add_document(facts)
        document = self._document(facts.id)
        if document is None or not chunks:
            return
        last = {one.chunk.id: one for one in chunks}
        if document.language != facts.language:
            document = replace(document, language=facts.language)
            self._execute(
                "UPDATE document SET language = ? WHERE number = ?",
                (facts.language, document.number),
            )
        into = document.generation if generation is None else generation
        replaced = self._find_rows(document, into, last)
        if replaced:
            self._hide_and_delete(document, replaced)
        known = (document.found_by, document.language)
        self._insert(
            document,
            into,
            [
                # Somebody may have given the document another name since the chunk was made ready.
                one if one.known == known else self._ready(document, one.chunk, one.vector)
                for one in last.values()
            ],
        )

    def _fit_dimensions(self, actual: int) -> None:
        dataset = self.dataset
        if dataset.dimensions not in {0, actual}:
            rows = (dataset.row(0), dataset.row(dataset.next_row))
            if self._column("SELECT 1 FROM chunk WHERE row >= ? AND row < ? LIMIT 1", rows):
                check_dimensions(dataset.dimensions, actual)
            self._renumber()
        self.dataset = replace(self.dataset, dimensions=actual)

    def _renumber(self) -> None:
        """Start over with a new number: segments of the old one hold vectors of another length."""
        old = self.dataset.number
        self._execute("DELETE FROM dataset WHERE number = ?", (old,))
        self._execute("DELETE FROM change WHERE dataset = ?", (old,))
        (number,) = self._column(
            "INSERT INTO dataset (id) VALUES (?) RETURNING number", (self._dataset_id,)
        )
        self._execute("UPDATE document SET dataset = ? WHERE dataset = ?", (number, old))
        self.former = self.dataset
        self.dataset = Dataset(number, 0, 0, 0, self._dataset_id)

    def _find_rows(self, document: _Document, generation: int, ids: Iterable[str]) -> list[int]:
        return self._column(
            "SELECT row FROM chunk WHERE document = ? AND generation = ? AND id = ANY(?)",
            (document.number, generation, list(ids)),
        )

    def _insert(self, document: _Document, generation: int, chunks: Sequence[Ready]) -> None:
        first = self.dataset.row(self.dataset.next_row)
        rows: list[tuple[int | str, ...]] = []
        bodies: list[tuple[int | bytes, ...]] = []
        shown: list[int] = []
        for row, (_, chunk, vector, length, terms, content, digest) in enumerate(chunks, first):
            rows.append(
                (row, document.number, generation, chunk.id, chunk.available, length, digest)
            )
            bodies.append((row, content, terms, vector))
            if chunk.available:
                shown.append(row)
        self._execute_many("INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        self._execute_many("INSERT INTO body VALUES (?, ?, ?, ?)", bodies)
        self.dataset = replace(self.dataset, next_row=self.dataset.next_row + len(chunks))
        if generation == document.generation and document.enabled:
            self._record(shown, visible=True)

    def publish(self, generations: Mapping[str, int]) -> None:
        """Make generations of documents, by id, the visible ones."""
        shown = [row for pair in generations.items() for row in self._turn(*pair)]
        self._record(shown, visible=True)

    def _turn(self, document_id: str, generation: int) -> list[int]:
        """Turn a document to a generation and return the rows to be seen from now on.

        A late repeat of an older publication is ignored.
        """
        document = self._document(document_id)
        if document is None or document.generation == generation:
            return []
        staged = replace(document, generation=generation)
        if generation < document.generation and not self._visible_rows(staged):
            return []
        others = self._column(
            "SELECT row FROM chunk WHERE document = ? AND generation <> ?",
            (document.number, generation),
        )
        self._hide_and_delete(document, others)
        self._execute(
            "UPDATE document SET generation = ? WHERE number = ?", (generation, document.number)
        )
        return self._visible_rows(staged) if document.enabled else []

    def adopt(self, document_id: str, generation: int) -> None:
        """Add a staged generation to the visible one."""
        document = self._document(document_id)
        if document is None or document.generation == generation:
            return
        statement = "SELECT row FROM chunk WHERE document = ? AND generation = ? AND id IN"
        staged = "(SELECT id FROM chunk WHERE document = ? AND generation = ?)"
        into, of = (document.number, document.generation), (document.number, generation)
        if replaced := self._column(f"{statement} {staged}", (*into, *of)):
            self._hide_and_delete(document, replaced)
        shown = self._visible_rows(replace(document, generation=generation))
        self._execute(
            "UPDATE chunk SET generation = ? WHERE document = ? AND generation = ?",
            (document.generation, *of),
        )
        if document.enabled:
            self._record(shown, visible=True)

    def discard(self, document_id: str, generation: int) -> None:
        """Remove a staged generation."""
        document = self._document(document_id)
        if document is not None and document.generation != generation:
            self._delete_rows(
                self._column(
                    "SELECT row FROM chunk WHERE document = ? AND generation = ?",
                    (document.number, generation),
                )
            )

    def remove(self, document_id: str, chunk_ids: Sequence[str]) -> None:
        """Remove some visible chunks."""
        document = self._document(document_id)
        if document is not None:
            rows = self._find_rows(document, document.generation, chunk_ids)
            self._hide_and_delete(document, rows)

    def set_available(self, document_id: str, chunk_ids: Sequence[str], *, available: bool) -> None:
        """Make visible chunks available to searches, or unavailable."""
        document = self._document(document_id)
        if document is None:
            return
        rows = self._column(
            "UPDATE chunk SET available = ? WHERE document = ? AND generation = ?"
            " AND id = ANY(?) RETURNING row",
            (available, document.number, document.generation, list(chunk_ids)),
        )
        if document.enabled:
            self._record(rows, visible=available)

    def drop_document(self, document_id: str) -> None:
        """Delete a document and all its chunks."""
        document = self._document(document_id)
        if document is None:
            return
        rows = self._column("SELECT row FROM chunk WHERE document = ?", (document.number,))
        self._hide_and_delete(document, rows)
        self._execute("DELETE FROM metadata WHERE document = ?", (document.number,))
        self._execute("DELETE FROM document WHERE number = ?", (document.number,))
        self._session.shrink()

    def drop_dataset(self) -> None:
        """Forget the dataset; its rows, which nobody finds any more, are left to `removal`."""
        number = self.dataset.number
        if number:
            self._execute("DELETE FROM change WHERE dataset = ?", (number,))
            self._execute("DELETE FROM dataset WHERE number = ?", (number,))
            self._execute("INSERT INTO dropped VALUES (?)", (number,))
