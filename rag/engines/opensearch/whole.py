"""One document for the whole store: which store this is, and where it was moved to.

A process that moves it writes a name into this document, which no change begins under, waits for
the changes that had begun before, and then writes where the store is from now on.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace

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
from rag.errors import ChunkStoreMovedError

WHOLE = "store"
"""The id of the document; those of datasets are longer."""

_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of the store; `mover` moves it just now, `moved` is where it is."""

    key: str = ""
    copy_of: str = ""
    mover: str = ""
    moved: str = ""


def standing_of(found: Json) -> Standing:
    """Return what a document says; raises ChunkStoreMovedError if the store was moved."""
    standing = Standing(**found["_source"]["state"]) if found.get("found") else Standing()
    if standing.moved:
        raise ChunkStoreMovedError(standing.moved)
    return standing


class Frozen:
    """A store that nobody changes, until its mover says that it is elsewhere, or is dead."""

    def __init__(self, whole: "Whole", standing: Standing, stamp: Stamp) -> None:
        """Initialize with what stands in the document."""
        self._whole = whole
        self._standing = standing
        self._stamp = stamp
        self._renewed = time.monotonic()

    def renew(self) -> None:
        """Say that the mover is alive, if it has not said so for a while."""
        if time.monotonic() - self._renewed > RENEW_SECONDS:
            self._replace(self._standing)

    def pass_on(self, url: str) -> None:
        """Have all who use this store go on at an address."""
        self._replace(replace(self._standing, mover="", moved=url))

    def let_go(self) -> None:
        """Let others change the store, if it was not moved."""
        if self._standing.mover:
            self._replace(replace(self._standing, mover=""))

    def _replace(self, standing: Standing) -> None:
        self._stamp = self._whole.write(standing, self._stamp)
        self._standing = standing
        self._renewed = time.monotonic()


class Whole:
    """Reads and replaces the document."""

    def __init__(self, client: Client, schema: Schema) -> None:
        """Open nothing yet."""
        self._client = client
        self._schema = schema
        self._watch = Watch()

    def read(self) -> tuple[Standing, Stamp | None]:
        """Return what is known of the store; raises ChunkStoreMovedError."""
        path = f"/{self._schema.control}/_doc/{WHOLE}{self._client.present}"
        try:
            found = self._client.ask("GET", path)
        except NotFoundError:
            return Standing(), None
        return standing_of(found), stamp_of(found)

    def write(self, standing: Standing, former: Stamp | None) -> Stamp:
        """Replace what is known; raises ConflictError if somebody was faster."""
        body = {"kind": "store", "state": asdict(standing)}
        return put_in_place(self._client, self._schema.control, WHOLE, body, former)

    def admits(self) -> bool:
        """Return whether changes may begin; raises ChunkStoreMovedError."""
        standing, stamp = self.read()
        if not standing.mover:
            return True
        if not self._watch.is_silent(WHOLE, stamp):
            return False
        with suppress(ConflictError):
            self.write(replace(standing, mover=""), stamp)
        return False

    @contextmanager
    def frozen(self, wait: Callable[[Callable[[], None]], None]) -> Iterator[Frozen]:
        """Let no change begin in a `with` block, and `wait` for those that have begun before it.

        To `wait` is given what it calls again and again while it does.
        """
        while not self.admits():
            time.sleep(_PAUSE)
        standing, stamp = self.read()
        standing = replace(standing, mover=token())
        frozen = Frozen(self, standing, self.write(standing, stamp))
        try:
            wait(frozen.renew)
            yield frozen
        finally:
            # A mover that was taken for dead holds nothing any more.
            with suppress(ConflictError):
                frozen.let_go()
