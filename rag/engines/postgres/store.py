"""A chunk store in a PostgreSQL database, shared by processes of any number of hosts.

The tables are the truth. A folder of each host has the segments that are made from them; searches
run on these, in the process that was asked.
"""

from pathlib import Path
from urllib.parse import urlsplit

from rag.addresses import shown_address
from rag.engines.base import SearchQuery, SearchResult
from rag.engines.indexing import Tokenize
from rag.engines.postgres.connections import Connections
from rag.engines.postgres.removal import remove_some
from rag.engines.postgres.schema import check_rights
from rag.engines.segmented.rows import store_key
from rag.engines.segmented.store import SegmentedChunkStore
from rag.errors import ConfigurationError


class PostgresChunkStore(SegmentedChunkStore):
    """Chunks in the database at an address; nothing is opened before the first call."""

    def __init__(self, url: str, cache: Path, tokenize: Tokenize) -> None:
        """Initialize with the address and this host's folder for segments."""
        super().__init__(Connections(url), cache, tokenize)
        self._is_swept = False

    def search(self, query: SearchQuery) -> SearchResult:
        """Return a page of the survivors by falling similarity."""
        if not self._is_swept:
            self._sweep()
        return super().search(query)

    def _sweep(self) -> None:
        """Remove this host's files of datasets that other hosts have dropped."""
        with self._reading() as (session, store):
            found = session.fetch("SELECT number FROM dataset")
            self.cache.sweep(store, {number for (number,) in found})
        self._is_swept = True

    def give_back(self) -> int:
        """Remove some rows of dropped datasets; return how many bytes these held."""
        with self.sessions.writing() as session:
            store_key(session)
            return remove_some(session)

    def ping(self) -> None:
        """Raise ChunkStoreError if the tables cannot be read and written."""
        with self.sessions.writing() as session:
            store_key(session)
            check_rights(session)


def open_postgres(url: str, tokenize: Tokenize, cache: Path) -> PostgresChunkStore:
    """Return the store at `postgresql://user:password@host:port/name`."""
    parts = urlsplit(url)
    if not parts.netloc or not parts.path.strip("/"):
        raise ConfigurationError(
            f"{shown_address(url)} names no database for the chunk store: write"
            " postgresql://user:password@host:port/name."
        )
    if parts.query or parts.fragment:
        raise ConfigurationError(
            "chunk_store.url takes no options: leave out what follows the name of the database."
            " PostgreSQL's are read from the environment, as PGSSLMODE."
        )
    return PostgresChunkStore(url, cache, tokenize)
