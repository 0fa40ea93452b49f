"""The body of an upload: a multipart form with one file, read while it is sent."""

import mimetypes
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from click import ClickException

from api.cli.output import CONTROL

BLOCK = 256 << 10


class UnreadableFileError(ClickException):
    """A file cannot be sent; the text says why."""


class FileBody:
    """A request body of known length, open for a `with` block.

    Raises UnreadableFileError when the file cannot be opened or read, or ends before it should.
    """

    def __init__(
        self, path: Path, on_sent: Callable[[int], object], fields: Mapping[str, str]
    ) -> None:
        """Open the file; `on_sent` is told of each block how many bytes it had.

        `fields` are sent before the file.
        """
        boundary = uuid.uuid4().hex
        self.head, self.tail = frame(path.name, boundary)
        self.head = form_fields(fields, boundary) + self.head
        self.headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        self.on_sent = on_sent
        try:
            self.file = FileIO(path)
            self.size = os.fstat(self.file.fileno()).st_size
        except OSError as error:
            raise unreadable(error) from error

    def __enter__(self) -> Self:
        """Return the body itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.file.close()

    def __len__(self) -> int:
        """Return the length in bytes."""
        return len(self.head) + self.size + len(self.tail)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the body in blocks; what the file has grown by since it was opened is left out."""
        yield self.head
        left = self.size
        while left:
            block = self.next_block(min(BLOCK, left))
            yield block
            left -= len(block)
            self.on_sent(len(block))
        yield self.tail

    def next_block(self, size: int) -> bytes:
        """Return the next block of the file."""
        try:
            block = self.file.read(size)
        except OSError as error:
            raise unreadable(error) from error
        if not block:
            raise UnreadableFileError("it got shorter while it was sent. Ingest it again.")
        return block


def form_fields(fields: Mapping[str, str], boundary: str) -> bytes:
    """Return the parts of a multipart form that are no files."""
    return "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ).encode()


def frame(file_name: str, boundary: str) -> tuple[bytes, bytes]:
    """Return what stands before and after the one file of a multipart form."""
    kind = mimetypes.guess_type(file_name)[0] or "application/octet-stream"
    quoted = file_name.replace("\\", "\\\\").replace('"', '\\"')
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{quoted}"\r\n'
        f"Content-Type: {kind}\r\n\r\n"
    )
    if CONTROL.search(file_name) or "\n" in file_name:
        raise UnreadableFileError("its name holds control characters. Rename it.")
    try:
        return head.encode(), f"\r\n--{boundary}--\r\n".encode()
    except UnicodeEncodeError as error:
        raise UnreadableFileError("its name is not in UTF-8. Rename it.") from error


def unreadable(error: OSError) -> UnreadableFileError:
    """Return the error for a file that the system does not give."""
    return UnreadableFileError(f"it cannot be read: {error.strerror}.")
