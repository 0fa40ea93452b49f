"""One document per dataset that says which chunks are visible, and who may change them.

It is read and replaced as a whole: a replacement goes through only if nobody else was faster. What
it names as hidden is found by nobody. So chunks are written under a batch that it hides, and one
replacement shows them and hides those whose place they take. Then the hidden ones are removed, and
no longer named. Whoever dies in between leaves a document that says what is still to be done.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from rag.engines.opensearch.client import Client, ConflictError, Json, NotFoundError
from rag.engines.opensearch.replaced import (
    RENEW_SECONDS,
    Stamp,
    Watch,
    put_in_place,
    stamp_of,
    token,
)
from rag.engines.opensearch.schema import Schema
from rag.engines.opensearch.whole import WHOLE, Whole, standing_of
from rag.errors import ChunkStoreError

_BUSY_SECONDS = 90.0
"""How long a change waits for others of the same dataset."""

_FIRST_PAUSE = 0.005
_LONGEST_PAUSE = 0.25


@dataclass(frozen=True, slots=True)
class Turn:
    """A switch that was made: what it leaves behind, and what is known of the document now.

    `gone` is a query for chunks that nobody finds any more; a `record` of None says that the
    document is unknown.
    """

    document: str
    gone: Json
    record: Json | None


@dataclass(frozen=True, slots=True)
class State:
    """What is visible of a dataset, and what is to be done in it.

    `life` is a new one after the dataset was dropped, `rows` also when its vectors change length.
    `staged` has the batch of each hidden generation by document and number, `loose` the batches of
    changes that are being written, `lost` those of changes that were given up, which a request
    that is still on its way may write. `former` are rows, with their dimensions, of the past.
    `shown` counts the switches. `holder` is whoever changes the dataset just now.
    """

    life: str
    rows: str
    dimensions: int = 0
    shown: int = 0
    holder: str = ""
    staged: dict[str, dict[str, str]] = field(default_factory=dict)
    loose: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()
    former: tuple[tuple[str, int], ...] = ()

    @property
    def hidden(self) -> list[str]:
        """Return the batches that nobody finds."""
        return [
            *self.loose,
            *self.lost,
            *(one for held in self.staged.values() for one in held.values()),
        ]

    @property
    def is_unfinished(self) -> bool:
        """Return whether something is left to do."""
        return bool(self.holder or self.loose or self.turns or self.former)


def _read(found: Json) -> State:
    state: dict[str, Any] = found["_source"]["state"]
    turns = tuple(Turn(**turn) for turn in state.pop("turns"))
    former = tuple((rows, dimensions) for rows, dimensions in state.pop("former"))
    loose, lost = tuple(state.pop("loose")), tuple(state.pop("lost"))
    return State(turns=turns, former=former, loose=loose, lost=lost, **state)


@dataclass(frozen=True, slots=True)
class Known:
    """A state with what tells it from any other that the dataset has had; None: it has none."""

    state: State
    stamp: Stamp | None


class Held:
    """A dataset that this process alone may change, as long as it is not taken for dead."""

    def __init__(self, controls: "Controls", dataset_id: str, known: Known) -> None:
        """Initialize with the state in which it is held."""
        self._controls = controls
        self._known = known
        self._renewed = time.monotonic()
        self._later: dict[str, Any] = {}
        self.dataset_id = dataset_id

    @property
    def state(self) -> State:
        """Return what holds now."""
        return replace(self._known.state, **self._later)

    def replace(self, **changes: Any) -> None:
        """Replace fields of the state; raises ConflictError if somebody else holds the dataset."""
        state = replace(self.state, **changes)
        self._known = self._controls.write(self.dataset_id, state, self._known)
        self._renewed = time.monotonic()
        self._later = {}

    def replace_later(self, **changes: Any) -> None:
        """Replace fields with the next replacement: until then it is harmless to do it again."""
        self._later |= changes

    def renew(self) -> None:
        """Say that this process is alive, if it has not said so for a while."""
        if time.monotonic() - self._renewed > RENEW_SECONDS:
            self.replace()


class Controls:
    """Reads and replaces the states of datasets."""

    def __init__(self, client: Client, schema: Schema, whole: Whole) -> None:
        """Open nothing yet."""
        self._client = client
        self._schema = schema
        self._whole = whole
        self._watch = Watch()
        self._is_closed = False

    def read(self, dataset_ids: Sequence[str]) -> dict[str, State]:
        """Return the states of those datasets that are known; raises ChunkStoreMovedError."""
        try:
            found = self._client.ask_for_all(f"/{self._schema.control}", [WHOLE, *dataset_ids])
        except NotFoundError:
            return {}
        standing_of(found.pop(0))
        return {one["_id"]: _read(one) for one in found if one.get("found")}

    def _read(self, dataset_id: str) -> Known:
        path = f"/{self._schema.control}/_doc/{dataset_id}{self._client.present}"
        try:
            found = self._client.ask("GET", path)
        except NotFoundError:
            return Known(State(token(), token()), None)
        return Known(_read(found), stamp_of(found))

    def write(self, dataset_id: str, state: State, known: Known) -> Known:
        """Replace a state; raises ConflictError if it is not the one that is known."""
        body = {
            "kind": "dataset",
            "dataset": dataset_id,
            "unfinished": state.is_unfinished,
            "state": asdict(state),
        }
        stamp = put_in_place(self._client, self._schema.control, dataset_id, body, known.stamp)
        return Known(state, stamp)

    @contextmanager
    def held(self, dataset_id: str) -> Iterator[Held]:
        """Hold a dataset for a `with` block; raises ChunkStoreError if others are too long."""
        self._schema.make_control()
        deadline = time.monotonic() + _BUSY_SECONDS
        pause = _FIRST_PAUSE
        while (held := self._take(dataset_id)) is None:
            if time.monotonic() > deadline:
                raise ChunkStoreError(
                    f"The chunk store in {self._client.product} is busy: another process"
                    " writes; try again."
                )
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        with self._given_back(held):
            yield held

    @contextmanager
    def held_now(self, dataset_id: str) -> Iterator[Held | None]:
        """Hold a dataset for a `with` block, or yield None where another process holds it."""
        held = self._take(dataset_id)
        if held is None:
            yield None
        else:
            with self._given_back(held):
                yield held

    @contextmanager
    def _given_back(self, held: Held) -> Iterator[None]:
        try:
            yield
        finally:
            # Whoever was taken for dead holds nothing any more.
            with suppress(ConflictError):
                if held.state.holder:
                    held.replace(holder="")

    def _take(self, dataset_id: str) -> Held | None:
        """Hold a dataset, unless others do, or the store is being moved."""
        if self._is_closed and not self._whole.admits():
            return None
        held = self._seize(dataset_id)
        if held is None:
            return None
        # Whoever moves the store waits for those who hold something by now.
        is_admitted = False
        try:
            is_admitted = self._whole.admits()
        finally:
            self._is_closed = not is_admitted
            if not is_admitted:
                with suppress(ConflictError):
                    held.replace(holder="")
        return held if is_admitted else None

    def _seize(self, dataset_id: str) -> Held | None:
        known = self._read(dataset_id)
        if known.state.holder and not self._watch.is_silent(dataset_id, known.stamp):
            return None
        held = Held(self, dataset_id, known)
        try:
            held.replace(holder=token())
        except ConflictError:
            return None
        self._watch.forget(dataset_id)
        return held

    def await_holders(self, dataset_ids: Sequence[str], waiting: Callable[[], None]) -> None:
        """Return when those who hold datasets have given them back, or are taken for dead."""
        for dataset_id in dataset_ids:
            while self._read(dataset_id).state.holder:
                if (held := self._seize(dataset_id)) is not None:
                    held.replace(holder="")
                waiting()
                time.sleep(_LONGEST_PAUSE)

    def find_unfinished(self) -> list[str]:
        """Return some datasets in which something is left to do, soon after it is."""
        query = {
            "size": 100,
            "_source": False,
            "query": {"bool": {"filter": [{"term": {"unfinished": True}}]}},
        }
        with suppress(NotFoundError):
            found = self._client.ask("POST", f"/{self._schema.control}/_search", query)
            return [hit["_id"] for hit in found["hits"]["hits"]]
        return []
