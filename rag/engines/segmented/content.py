"""What an index in tables holds, for those who move it elsewhere or to here."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import xxhash

from rag.engines.base import Staging
from rag.engines.conditions import Comparable
from rag.engines.content import Copy, Outline, Place
from rag.engines.segmented.rows import read_chunk, read_text, store_key
from rag.engines.segmented.session import Session, Sessions
from rag.types import Chunk, DocumentFacts, MetaValue

_STEP = 500
"""Documents whose prints are made in one transaction."""

_PIECE = 500
"""Chunks that are read at once."""

_COPIED = "copied "
"""With it, and the ids of a document, begins the key of what is noted of it."""


@dataclass(frozen=True, slots=True)
class _Document:
    """A document with all that its print is made of; `rows` are the numbers of its chunks."""

    facts: DocumentFacts
    generation: int
    rows: Sequence[tuple[int, int, bool]]

    def print(self) -> str:
        """Return what is another one after each change."""
        facts = self.facts
        metadata = [(name, repr(value)) for name, value in facts.metadata.items()]
        known = (facts.name, facts.enabled, facts.language, self.generation, sorted(metadata))
        return xxhash.xxh3_128_hexdigest(repr((known, self.rows)).encode("utf-8", "surrogatepass"))


class SegmentedFrozen:
    """Tables that nobody else changes, until the transaction ends."""

    def __init__(self, session: Session) -> None:
        """Initialize with the transaction."""
        self._session = session

    def renew(self) -> None:
        """Do nothing: the transaction holds them."""

    def pass_on(self, url: str) -> None:
        """Have all who use this store go on at an address."""
        self._session.execute("INSERT INTO store VALUES ('moved', ?)", (url,))


class SegmentedContent:
    """What is in the tables."""

    def __init__(self, sessions: Sessions) -> None:
        """Initialize with what opens transactions on them."""
        self._sessions = sessions

    def key(self) -> str:
        """Return what tells this store from any other."""
        with self._sessions.reading() as session:
            return store_key(session)

    def lengths(self) -> Mapping[str, int]:
        """Return the lengths of the vectors of datasets that hold some."""
        with self._sessions.reading() as session:
            return dict(session.fetch("SELECT id, dimensions FROM dataset WHERE dimensions > 0"))

    def outlines(self, renew: Callable[[], None]) -> Iterator[Outline]:
        """Yield all documents, those of a dataset one after the other."""
        with self._sessions.reading() as session:
            listed = session.fetch(
                "SELECT document.number, dataset.id, document.id FROM document"
                " JOIN dataset ON dataset.number = document.dataset"
                " ORDER BY document.dataset, document.number"
            )
        places = {number: Place(*ids) for number, *ids in listed}
        for start in range(0, len(listed), _STEP):
            renew()
            numbers = [number for number, *_ in listed[start : start + _STEP]]
            with self._sessions.reading() as session:
                found = _read_documents(session, places, numbers)
            for number, document in found.items():
                yield Outline(places[number], document.print(), len(document.rows))

    @contextmanager
    def reading(self, dataset_id: str, document_ids: Sequence[str]) -> Iterator[Iterator[Copy]]:
        """Yield some documents of a dataset as one transaction sees them."""
        with self._sessions.reading() as session:
            listed = session.fetch(
                "SELECT document.number, dataset.id, document.id FROM document"
                " JOIN dataset ON dataset.number = document.dataset"
                " WHERE dataset.id = ? AND document.id = ANY(?)",
                [dataset_id, list(document_ids)],
            )
            places = {number: Place(*ids) for number, *ids in listed}
            found = _read_documents(session, places, list(places))
            yield (
                Copy(
                    places[number],
                    document.print(),
                    document.generation,
                    _pieces(session, document),
                )
                for number, document in found.items()
            )

    @contextmanager
    def frozen(self) -> Iterator[SegmentedFrozen]:
        """Have all others that change the index wait until the block ends."""
        with self._sessions.writing() as session:
            session.hold_all()
            store_key(session)
            yield SegmentedFrozen(session)

    def begin_copy(self, source: str) -> bool:
        """Note that this is a copy of another store; return False if it holds something else."""
        with self._sessions.writing() as session:
            found: dict[str, str] = dict(
                session.fetch("SELECT key, value FROM store WHERE key IN ('key', 'copy_of')")
            )
            is_begun = found.get("copy_of") == source
            holds = session.fetch("SELECT 1 FROM dataset LIMIT 1")
            if store_key(session) == source or (holds and not is_begun):
                return False
            if not is_begun:
                _forget_all(session)
                session.execute("INSERT INTO store VALUES ('copy_of', ?)", (source,))
        return True

    def copies(self) -> dict[Place, str]:
        """Return the documents there are with the prints noted of them, or nothing."""
        with self._sessions.reading() as session:
            listed = session.fetch(
                "SELECT dataset.id, document.id FROM document"
                " JOIN dataset ON dataset.number = document.dataset"
            )
            noted: dict[str, str] = dict(
                session.fetch("SELECT key, value FROM store WHERE key LIKE ?", [_COPIED + "%"])
            )
        return {Place(*ids): noted.get(_noted(Place(*ids)), "") for ids in listed}

    def note(self, prints: Mapping[Place, str]) -> None:
        """Note prints of documents."""
        with self._sessions.writing() as session:
            session.execute_many(
                "INSERT INTO store VALUES (?, ?)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                [(_noted(place), text) for place, text in prints.items()],
            )

    def forget(self, places: Iterable[Place]) -> None:
        """Remove what is noted of documents."""
        keys = [_noted(place) for place in places]
        with self._sessions.writing() as session:
            session.execute("DELETE FROM store WHERE key = ANY(?)", (keys,))

    def end_copy(self) -> None:
        """Note that this is no copy any more."""
        with self._sessions.writing() as session:
            _forget_all(session)


def _forget_all(session: Session) -> None:
    session.execute("DELETE FROM store WHERE key = 'copy_of' OR key LIKE ?", [_COPIED + "%"])


def _noted(place: Place) -> str:
    return f"{_COPIED}{place.dataset_id}.{place.document_id}"


def _read_documents(
    session: Session, places: Mapping[int, Place], numbers: Sequence[int]
) -> dict[int, _Document]:
    """Return those documents that there are, by their numbers."""
    rows: dict[int, list[tuple[int, int, bool]]] = defaultdict(list)
    for number, row, generation, available in session.fetch(
        "SELECT document, row, generation, available FROM chunk WHERE document = ANY(?)"
        " ORDER BY row",
        [list(numbers)],
    ):
        rows[number].append((row, generation, bool(available)))
    metadata = _read_metadata(session, numbers)
    found = session.fetch(
        "SELECT number, name, enabled, language, generation FROM document WHERE number = ANY(?)"
        " ORDER BY number",
        [list(numbers)],
    )
    return {
        number: _Document(
            facts=DocumentFacts(
                places[number].document_id,
                places[number].dataset_id,
                name,
                metadata.get(number, {}),
                bool(enabled),
                language,
            ),
            generation=generation,
            rows=rows[number],
        )
        for number, name, enabled, language, generation in found
    }


def _read_metadata(session: Session, numbers: Sequence[int]) -> dict[int, dict[str, MetaValue]]:
    found: dict[int, dict[str, list[str | int | float]]] = defaultdict(lambda: defaultdict(list))
    for document, name, text, number, numeric in session.fetch(
        "SELECT document, name, text, number, numeric FROM metadata WHERE document = ANY(?)",
        [list(numbers)],
    ):
        member = Comparable(read_text(text), number, bool(numeric))
        found[document][read_text(name)].append(_value(member))
    # What is alike comes in the same order, so that a print is of what there is.
    return {
        document: {name: sorted(values, key=repr) for name, values in of_document.items()}
        for document, of_document in found.items()
    }


def _value(member: Comparable) -> str | int | float:
    """Return a value that compares as a member of metadata does."""
    if not member.numeric:
        # Beside a number, only true and false do not read as one.
        is_truth = member.number is not None and member.text in {"true", "false"}
        return bool(member.number) if is_truth else member.text
    try:
        return int(member.text)
    except ValueError:
        return float(member.text)


def _pieces(session: Session, document: _Document) -> Iterator[Staging]:
    """Yield the chunks of a document, those of its visible generation first."""
    visible = document.generation
    generations = {generation for _, generation, _ in document.rows} - {visible}
    for generation in (visible, *sorted(generations)):
        rows = [row for row, of, _ in document.rows if of == generation]
        for start in range(0, max(len(rows), 1), _PIECE):
            found = session.fetch(
                "SELECT vector, id, document, dataset, available, content FROM passage"
                " WHERE row = ANY(?) ORDER BY row",
                [rows[start : start + _PIECE]],
            )
            chunks: list[Chunk] = [read_chunk(*columns) for _, *columns in found]
            vectors = np.array([np.frombuffer(vector, np.float32) for vector, *_ in found])
            yield Staging(document.facts, generation, chunks, vectors)
