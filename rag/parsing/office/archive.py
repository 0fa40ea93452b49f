"""Office files as the zip archives they are: checked before anything in them is believed."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import EmptyFileError, EncryptedFileError, ParseError, UnsupportedFormatError
from rag.parsing.signatures import HEAD_BYTES, OLE, ZIP, seems_to_be

MAX_TOTAL_BYTES = 1024**3
MAX_RATIO = 200
RATIO_FREE_BYTES = 32 * 1024**2
"""Members up to this size may shrink to any ratio: blank sheets do."""

RATIO_FREE_TOTAL_BYTES = 64 * 1024**2
"""So may all members together up to this size."""

MAX_MEMBERS = 20_000
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_ENCRYPTED_FLAG = 0x1
_DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    EOFError,
    OSError,
    NotImplementedError,
    UnicodeDecodeError,
)


def is_encrypted_ole(path: Path) -> bool:
    """Return whether an OLE file holds an Office document that a password locks."""
    overlap = b""
    with path.open("rb") as stream:
        while block := stream.read(1024**2):
            if _ENCRYPTED_STREAM in overlap + block:
                return True
            overlap = block[-len(_ENCRYPTED_STREAM) :]
    return False


def encrypted(name: str) -> EncryptedFileError:
    """Return the error for a document that a password locks."""
    return EncryptedFileError(
        f"{name} needs a password: remove the protection and upload it again."
    )


def _refuse_other_content(path: Path, name: str) -> None:
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if head.startswith(OLE) and is_encrypted_ole(path):
        raise encrypted(name)
    if not head.strip():
        raise EmptyFileError(f"{name} is empty.")
    if not head.startswith(ZIP):
        kind = Path(name).suffix.removeprefix(".").lower()
        raise UnsupportedFormatError(
            f"{name} is not a {kind} file; it seems to be {seems_to_be(head)}. "
            "Upload it under the suffix of its real format."
        )


def _check_sizes(members: list[zipfile.ZipInfo], size: int, name: str) -> None:
    """Refuse an archive of `size` bytes that would unpack to more than the limits.

    Sizes are as declared. Reading never goes beyond that of a member: `zipfile` stops there.
    """
    if len(members) > MAX_MEMBERS:
        raise ParseError(f"{name} holds more than {MAX_MEMBERS} parts, the limit for an archive.")
    total = sum(member.file_size for member in members)
    if total > MAX_TOTAL_BYTES:
        raise ParseError(f"{name} unpacks to more than {MAX_TOTAL_BYTES // 1024**2} MB, the limit.")
    # Parts may lie on top of each other, and then state more together than the file has.
    packed = min(sum(member.compress_size for member in members), size)
    ratio = total / max(packed, 1)
    if total > RATIO_FREE_TOTAL_BYTES and ratio > MAX_RATIO:
        raise ParseError(
            f"{name} is packed {ratio:.0f} to 1 in all its parts together; "
            f"the limit is {MAX_RATIO} to 1."
        )
    for member in members:
        ratio = member.file_size / max(member.compress_size, 1)
        if member.file_size > RATIO_FREE_BYTES and ratio > MAX_RATIO:
            raise ParseError(
                f"{name} is packed {ratio:.0f} to 1 in its part {member.filename}; "
                f"the limit is {MAX_RATIO} to 1."
            )


@contextmanager
def open_archive(path: Path, name: str) -> Iterator[zipfile.ZipFile]:
    """Open an Office file; what is damaged in it raises ParseError, also while it is read."""
    _refuse_other_content(path, name)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_sizes(members, path.stat().st_size, name)
            if any(member.flag_bits & _ENCRYPTED_FLAG for member in members):
                raise encrypted(name)
            yield archive
    except _DAMAGE as error:
        raise ParseError(f"{name} is damaged: its archive cannot be read ({error}).") from error
    except zlib.error as error:
        raise ParseError(f"{name} is damaged: a part of it cannot be unpacked.") from error
