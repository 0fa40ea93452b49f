"""Stored files on their way out, whole or in part, a block at a time."""

from api.errors import NotFoundError, UnavailableError
from api.execution import Execution
from api.services.library.records import Content, Download, StoredFile
from api.things import Kind
from rag.errors import ObjectNotFoundError, StorageError
from rag.storage.base import ObjectStore

BLOCK = 256 << 10


class Downloads:
    """Reads files out of the object store."""

    def __init__(self, storage: ObjectStore, execution: Execution) -> None:
        """Initialize with the parts; nothing is opened."""
        self.storage = storage
        self.execution = execution

    def of(self, file: StoredFile) -> Download:
        """Return a file; nothing is opened before `read` is called."""

        def read(offset: int, length: int) -> Content:
            return self.begun(file, offset, length)

        return Download(file.name, file.size, file.content_hash, read)

    def begun(self, file: StoredFile, offset: int, length: int) -> Content:
        """Open a file, which is closed with what this returns; one that is not stored is empty.

        Raises NotFoundError if it is not there, and UnavailableError if it cannot be read.
        """
        content = self.blocks(file.storage_key, offset, length)
        try:
            next(content)
        except ObjectNotFoundError as error:
            raise NotFoundError(Kind.FILE, file.name) from error
        except StorageError as error:
            raise UnavailableError(f"{file.name} could not be read: try again later.") from error
        return content

    def blocks(self, storage_key: str, offset: int, length: int) -> Content:
        """Yield nothing when the file is open, and then its bytes, a block at a time."""
        if not storage_key:
            yield b""
            return
        with self.execution.files(self.storage.open, storage_key, offset, length) as file:
            yield b""
            while block := self.execution.files(file.read, BLOCK):
                yield block
