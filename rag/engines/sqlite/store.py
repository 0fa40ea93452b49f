"""A chunk store in one SQLite file, shared by processes: the default.

The file is the truth. The folder `<file>.cache` beside it has the segments that are made from it.
"""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from rag.addresses import shown_address
from rag.engines.indexing import Tokenize
from rag.engines.segmented.rows import store_key
from rag.engines.segmented.store import SegmentedChunkStore
from rag.engines.sqlite.connections import Connections
from rag.engines.sqlite.removal import give_back_some
from rag.errors import ConfigurationError


class SqliteChunkStore(SegmentedChunkStore):
    """Chunks in the SQLite file at `path`; nothing is opened before the first call."""

    def __init__(self, path: Path, tokenize: Tokenize) -> None:
        """Initialize with the file's path; `tokenize` makes tokens of texts."""
        self._connections = Connections(path)
        super().__init__(self._connections, path.with_name(path.name + ".cache"), tokenize)

    def give_back(self) -> int:
        """Remove some rows of dropped datasets, and free some room; return how many bytes."""
        with self._connections.writing() as session:
            store_key(session)
            given = give_back_some(session.connection)
        if not given:
            self._connections.shorten_log()
        return given


def open_sqlite(url: str, tokenize: Tokenize, _cache: Path) -> SqliteChunkStore:
    """Return the store at `sqlite:///absolute/path`."""
    parts = urlsplit(url)
    path = Path(unquote(parts.path))
    if parts.netloc or not path.is_absolute() or not path.name:
        raise ConfigurationError(
            f"{shown_address(url)} names no file for the chunk store: write sqlite:///absolute/path/chunks.db."
        )
    return SqliteChunkStore(path, tokenize)
