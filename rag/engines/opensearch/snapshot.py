"""What is visible of some datasets at one moment, for all requests of a search."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from rag.engines.opensearch.client import Client, Json
from rag.engines.opensearch.control import Controls, State
from rag.engines.opensearch.rows import unlike
from rag.engines.opensearch.schema import Schema
from rag.errors import ChunkStoreError

_TRIES = 50
_PIECE = 1000
_WHOLE_PIECE = 500
"""Chunks that one answer has, with some fields or with all that is kept of them."""

_KEPT = "1m"
"""So long the server keeps what a search that is gone has seen."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """States of datasets that hold chunks, and the chunks as they were then."""

    client: Client
    states: Mapping[str, State]
    point: str
    visible: Json

    def ask(self, body: Json) -> Json:
        """Return the answer to a search in what was there."""
        body = {**body, "pit": {"id": self.point, "keep_alive": _KEPT}}
        found = self.client.ask("POST", "/_search?allow_partial_search_results=false", body)
        if found["timed_out"]:
            raise ChunkStoreError(f"{self.client.product} has not found an answer in time.")
        return found

    def count(self, *filters: Json) -> int:
        """Return how many visible chunks pass filters."""
        body = {"size": 0, "track_total_hits": True, "query": self.within(*filters)}
        return int(self.ask(body)["hits"]["total"]["value"])

    def scan(self, query: Json, fields: Sequence[str] | None = None) -> Iterator[Json]:
        """Yield fields, or all, of the chunks that a query finds."""
        body: Json = {
            "size": _PIECE if fields else _WHOLE_PIECE,
            "sort": [{"batch": "asc"}, {"chunk": "asc"}],
            "_source": list(fields) if fields else True,
            "query": query,
        }
        while True:
            hits = self.ask(body)["hits"]["hits"]
            yield from (hit["_source"] for hit in hits)
            if len(hits) < body["size"]:
                return
            body["search_after"] = hits[-1]["sort"]

    def within(self, *filters: Json) -> Json:
        """Return a query for visible chunks that pass filters."""
        return {"bool": {"filter": [self.visible, *filters]}}


def _same(one: Mapping[str, State], other: Mapping[str, State]) -> bool:
    return {(s.rows, s.shown) for s in one.values()} == {(s.rows, s.shown) for s in other.values()}


def _visible(states: Sequence[State]) -> Json:
    """Return a query for what none of some states hides."""
    gone = [
        {"bool": {"filter": [{"term": {"rows": state.rows}}, turn.gone]}}
        for state in states
        for turn in state.turns
    ]
    hidden = {batch for state in states for batch in state.hidden}
    rows = sorted({state.rows for state in states})
    return {
        "bool": {
            "filter": [{"terms": {"rows": rows}}],
            "must_not": [*unlike(sorted(hidden)), *gone],
        }
    }


class Snapshots:
    """Takes snapshots."""

    def __init__(self, client: Client, schema: Schema, controls: Controls) -> None:
        """Open nothing yet."""
        self._client = client
        self._schema = schema
        self._controls = controls

    @contextmanager
    def taken(self, dataset_ids: Sequence[str]) -> Iterator[Snapshot | None]:
        """Yield what some datasets hold, or None if they hold no chunks.

        What is visible is read before and after the moment of the chunks. Where it was switched in
        between, they may be of either side; what was hidden or left behind before or after is not
        seen.
        """
        wanted = sorted(set(dataset_ids))
        for _ in range(_TRIES):
            before = self._holding(wanted)
            if not before:
                yield None
                return
            point = self._point(before)
            try:
                after = self._holding(wanted)
                if _same(before, after):
                    visible = _visible([*before.values(), *after.values()])
                    yield Snapshot(self._client, after, point, visible)
                    return
            finally:
                self._release(point)
        raise ChunkStoreError("The datasets change too often to be searched; try again.")

    def _holding(self, dataset_ids: Sequence[str]) -> dict[str, State]:
        found = self._controls.read(dataset_ids) if dataset_ids else {}
        return {key: state for key, state in found.items() if state.dimensions}

    def _point(self, states: Mapping[str, State]) -> str:
        lengths = sorted({state.dimensions for state in states.values()})
        indexes = ",".join(self._schema.chunks(one) for one in lengths)
        options = f"keep_alive={_KEPT}&routing={','.join(states)}"
        return self._schema.dialect.open_point(self._client, indexes, options)

    def _release(self, point: str) -> None:
        with suppress(ChunkStoreError):
            self._schema.dialect.close_point(self._client, point)
