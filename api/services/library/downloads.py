"""Stored files on their way out, whole or in part, a block at a time."""

from collections.abc import Iterator

from api.errors import Kind, NotFoundError, UnavailableError
from api.execution import Execution
from api.services.library.records import Download, StoredFile
from rag.errors import ObjectNotFoundError, StorageError
from rag.storage.base import ObjectStore

BLOCK = 256 << 10


class Downloads:
    """Reads files out of the object store."""

    def __init__(self, storage: ObjectStore, execution: Execution) -> None:
        """Remember the parts; nothing is opened."""
        self.storage = storage
        self.execution = execution

    def of(self, file: StoredFile) -> Download:
        """Return a file; raises before the first byte if it is not there, or cannot be read."""
        if file.storage_key:
            self.look_at(file)

        def read(offset: int, length: int) -> Iterator[bytes]:
            return self.blocks(file.storage_key, offset, length)

        return Download(file.name, file.size, file.content_hash, read)

    def look_at(self, file: StoredFile) -> None:
        """Open a file and close it again; raises NotFoundError or UnavailableError."""
        try:
            self.execution.files(self.storage.open, file.storage_key).close()
        except ObjectNotFoundError as error:
            raise NotFoundError(Kind.FILE, file.name) from error
        except StorageError as error:
            raise UnavailableError(f"{file.name} could not be read: try again later.") from error

    def blocks(self, storage_key: str, offset: int, length: int) -> Iterator[bytes]:
        """Yield bytes of a file, a block at a time; one that is not stored has none."""
        if not storage_key:
            return
        with self.execution.files(self.storage.open, storage_key, offset, length) as file:
            while block := self.execution.files(file.read, BLOCK):
                yield block
