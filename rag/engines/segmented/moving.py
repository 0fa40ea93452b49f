"""Moves an index from one database to another while others search and change it.

Rows are copied with their numbers, so that the files for searches stay right. What they hold never
changes, and so what differs between the two is found without reading it. The copy is brought up
again and again; the last time nobody else may change the index, and then it says where it is now.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rag.engines.segmented.rows import store_key
from rag.engines.segmented.session import Session
from rag.engines.segmented.store import SegmentedChunkStore
from rag.errors import ChunkStoreError

_STEP = 2000
"""Keys that are compared in one transaction; each may bring a row of some kilobytes."""

_FEW = 500
"""So few differences are left to the last pass, for which others wait."""

_MOST_PASSES = 20
_END = 1 << 62

Groups = dict[int, "Counter[tuple[Any, ...]]"]


@dataclass(frozen=True, slots=True)
class _Table:
    """A table whose rows are compared by a key; databases differ in `texts` and `flags`."""

    name: str
    key: str
    columns: tuple[str, ...]
    texts: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    def read(self, session: Session, first: int, last: int) -> Groups:
        """Return the rows from after `first` to `last` by their keys, as any database has them."""
        names = ", ".join((self.key, *self.columns))
        found = session.fetch(
            f"SELECT {names} FROM {self.name} WHERE {self.key} > ? AND {self.key} <= ?",  # noqa: S608 - names of our own
            (first, last),
        )
        groups: Groups = defaultdict(Counter)
        for key, *values in found:
            groups[key][tuple(map(self._common, self.columns, values))] += 1
        return groups

    def _common(self, column: str, value: Any) -> Any:
        if column in self.flags:
            return bool(value)
        return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value

    def replace(self, session: Session, keys: Sequence[int], groups: Groups) -> None:
        """Put the rows of some keys in the place of those that there are."""
        session.execute(f"DELETE FROM {self.name} WHERE {self.key} = ANY(?)", (list(keys),))  # noqa: S608 - names of our own
        holders = ", ".join("?" * (len(self.columns) + 1))
        names = ", ".join((self.key, *self.columns))
        rows = [
            (key, *(self._own(session, *pair) for pair in zip(self.columns, values, strict=True)))
            for key in keys
            for values in groups.get(key, Counter()).elements()
        ]
        session.execute_many(f"INSERT INTO {self.name} ({names}) VALUES ({holders})", rows)  # noqa: S608 - names of our own

    def _own(self, session: Session, column: str, value: Any) -> Any:
        return session.any_text(value) if column in self.texts else value


_CHUNKS = _Table(
    "chunk",
    "row",
    ("document", "generation", "id", "available", "length", "digest"),
    flags=("available",),
)
_TABLES = (
    _Table("dataset", "number", ("id", "dimensions", "version", "next_row")),
    _Table(
        "document",
        "number",
        ("dataset", "id", "name", "enabled", "generation", "analysis", "language"),
        flags=("enabled",),
    ),
    _Table(
        "metadata",
        "document",
        ("name", "text", "number", "numeric"),
        ("name", "text"),
        ("numeric",),
    ),
    _CHUNKS,
    _Table("dropped", "dataset", ()),
)


class Move:
    """Moves what a store holds to another, which is empty or holds what a killed move has left."""

    def __init__(self, source: SegmentedChunkStore, target: SegmentedChunkStore) -> None:
        """Initialize with both stores."""
        self._source = source
        self._target = target

    def run(self, url: str, progress: Callable[[int, int], None]) -> int:
        """Move it, and have those who use the source go on at `url`; return how many chunks.

        `progress` is told how many chunks the target has, and how many there are. Raises
        ChunkStoreError if the target holds an index of its own, or the source was moved before.
        """
        self._begin()
        for _ in range(_MOST_PASSES):
            if self._copy(progress) <= _FEW:
                break
        return self._finish(url, progress)

    def _begin(self) -> None:
        with self._source.sessions.reading() as session:
            theirs = store_key(session)
        with self._target.sessions.writing() as session:
            found: dict[str, str] = dict(session.fetch("SELECT key, value FROM store"))
            holds = session.fetch("SELECT 1 FROM dataset LIMIT 1")
            is_begun = found.get("copy_of") == theirs
            if found["key"] == theirs or "moved" in found or (holds and not is_begun):
                raise ChunkStoreError(
                    "The chunk store to move to holds an index of its own: choose an empty one."
                )
            session.execute("DELETE FROM store WHERE key = 'copy_of'")
            session.execute("INSERT INTO store VALUES ('copy_of', ?)", (theirs,))

    def _copy(self, progress: Callable[[int, int], None]) -> int:
        """Bring the target up to what the source holds just now; return how much differed."""
        with self._source.sessions.reading() as session:
            total = _count(session)
        different, done = 0, 0
        for table in _TABLES:
            first: int | None = 0
            while first is not None:
                with self._source.sessions.reading() as source:
                    changed, compared, first = self._step(table, source, first)
                different += changed
                if table is _CHUNKS:
                    done += compared
                    progress(min(done, total), total)
        return different

    def _step(self, table: _Table, source: Session, first: int) -> tuple[int, int, int | None]:
        """Copy what differs of some rows; return how many, of how many, and where to go on."""
        [(last,)] = source.fetch(
            f"SELECT max({table.key}) FROM (SELECT {table.key} FROM {table.name}"  # noqa: S608 - names of our own
            f" WHERE {table.key} > ? ORDER BY {table.key} LIMIT ?) AS found",
            (first, _STEP),
        )
        there = table.read(source, first, last or _END)
        with self._target.sessions.writing() as target:
            here = table.read(target, first, last or _END)
            keys = [key for key in sorted({*there, *here}) if there.get(key) != here.get(key)]
            if keys:
                table.replace(target, keys, there)
                if table is _CHUNKS:
                    _copy_bodies(source, target, [*(here.keys() - there)], [*(there.keys() - here)])
        return len(keys), len(there), last

    def _finish(self, url: str, progress: Callable[[int, int], None]) -> int:
        with self._source.sessions.writing() as source:
            source.hold_all()
            key = store_key(source)
            self._copy(progress)
            with self._target.sessions.writing() as target:
                ours = store_key(target)
                _pass_numbers(source, target)
            self._target.cache.take_over(self._source.cache, key, ours)
            source.execute("INSERT INTO store VALUES ('moved', ?)", (url,))
            total = _count(source)
        with self._target.sessions.writing() as target:
            # From now on it is no copy, which a further move might bring up.
            target.execute("DELETE FROM store WHERE key = 'copy_of'")
        return total


def _count(session: Session) -> int:
    return int(session.fetch("SELECT count(*) FROM chunk")[0][0])


def _copy_bodies(source: Session, target: Session, gone: list[int], new: list[int]) -> None:
    target.execute("DELETE FROM body WHERE row = ANY(?)", (gone,))
    rows = source.fetch("SELECT row, content, terms, vector FROM body WHERE row = ANY(?)", (new,))
    target.execute_many("INSERT INTO body VALUES (?, ?, ?, ?)", rows)


def _pass_numbers(source: Session, target: Session) -> None:
    """Have the target give no number that the source has given."""
    [(documents,)] = source.fetch("SELECT coalesce(max(number), 0) FROM document")
    [(datasets,)] = source.fetch(
        "SELECT coalesce(max(number), 0) FROM"
        " (SELECT number FROM dataset UNION ALL SELECT dataset FROM dropped) AS given"
    )
    target.pass_number("document", max(documents, 1))
    target.pass_number("dataset", max(datasets, 1))
