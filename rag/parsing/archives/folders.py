"""Archives (zip, tar, gz, 7z) as folders: each file in them is a section with its name."""

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO, Protocol

from rag.errors import EncryptedFileError, ParseError
from rag.parsing.archives.sevenzip import SevenZip
from rag.parsing.archives.unpacking import MethodError, Part
from rag.parsing.base import ParseOptions
from rag.parsing.inside import inner_pages
from rag.parsing.junk import is_junk
from rag.parsing.office.archive import open_archive
from rag.parsing.paging import paginate
from rag.parsing.registry import suffix_of
from rag.types import Block, BlockKind, Page

MAX_MEMBERS = 2000
MAX_MEMBER_BYTES = 256 * 1024**2
MAX_TOTAL_BYTES = 1024**3
MAX_DEPTH = 3
"""How many archives may stand inside each other."""

_PIECE = 1 << 20


class _Readable(Protocol):
    """A stream of bytes that are unpacked while they are read."""

    def read(self, size: int, /) -> bytes:
        """Return some bytes; none at the end."""
        ...


_TAR_MAGIC_AT = 257
_MOST_REMARKS = 20
_PACKED: dict[str, Callable[[Path], AbstractContextManager[_Readable]]] = {
    "gz": gzip.GzipFile,
    "tgz": gzip.GzipFile,
    "bz2": bz2.BZ2File,
    "tbz2": bz2.BZ2File,
    "xz": lzma.LZMAFile,
    "txz": lzma.LZMAFile,
}
_TARS = frozenset({"tar"})
_DAMAGE = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, tarfile.TarError)


@dataclass(frozen=True, slots=True)
class _Member:
    """A file in an archive: its path there, its size as declared, how it is opened."""

    name: str
    size: int
    open: Callable[[], IO[bytes] | Part]


class _Folder:
    """Reads the files of an archive and of those inside it, within the limits."""

    def __init__(self, name: str, options: ParseOptions) -> None:
        self._name = name
        self._options = options
        self._members = 0
        self._bytes = 0
        self.remarks: list[str] = []

    def blocks(self, path: Path, name: str, depth: int = 1) -> Iterator[Block]:
        """Yield the sections of an archive."""
        suffix = suffix_of(name)
        if suffix == "zip":
            yield from self._zip(path, name, depth)
        elif suffix in _TARS:
            yield from self._tar(path, name, depth)
        elif suffix == "7z":
            yield from self._sevenzip(path, name, depth)
        else:
            yield from self._packed(path, name, suffix, depth)

    def _zip(self, path: Path, name: str, depth: int) -> Iterator[Block]:
        with open_archive(path, name) as archive:
            for info in archive.infolist():
                if info.filename and not info.is_dir():
                    member = _Member(info.filename, info.file_size, partial(archive.open, info))
                    yield from self._member(member, depth)

    def _tar(self, path: Path, name: str, depth: int) -> Iterator[Block]:
        with _damage_of(name), tarfile.open(path, "r:") as archive:
            for info in archive:
                stream = archive.extractfile(info) if info.isreg() else None
                if stream is not None:
                    member = _Member(info.name, info.size, partial(_same, stream))
                    yield from self._member(member, depth)

    def _sevenzip(self, path: Path, name: str, depth: int) -> Iterator[Block]:
        with path.open("rb") as stream:
            for inner, size, found in SevenZip(stream, name).members():
                if isinstance(found, MethodError):
                    self._remark(f"{inner} was not read: {found}")
                else:
                    yield from self._member(_Member(inner, size, partial(_same, found)), depth)

    def _packed(self, path: Path, name: str, suffix: str, depth: int) -> Iterator[Block]:
        """Unpack the one file that is packed, which may be a tar archive."""
        with TemporaryDirectory(prefix="archive-") as folder:
            inner = Path(folder) / "content"
            with _damage_of(name), _PACKED[suffix](path) as stream:
                self._copy(stream, inner, name)
            if _is_tar(inner):
                yield from self._tar(inner, name, depth)
            else:
                yield from self._file(inner, PurePosixPath(name).stem, depth)

    def _member(self, member: _Member, depth: int) -> Iterator[Block]:
        if is_junk(member.name):
            return
        self._members += 1
        if self._members > MAX_MEMBERS:
            self._remark(f"files past {MAX_MEMBERS} were left out")
            return
        if member.size > MAX_MEMBER_BYTES:
            self._remark(f"{member.name} is over the limit of {MAX_MEMBER_BYTES // 1024**2} MB")
            return
        with TemporaryDirectory(prefix="archive-") as folder:
            path = Path(folder) / "content"
            with _damage_of(self._name), closing(member.open()) as stream:
                self._copy(stream, path, member.name)
            yield from self._file(path, member.name, depth)

    def _copy(self, stream: _Readable, path: Path, name: str) -> None:
        size = 0
        with path.open("wb") as target:
            while piece := stream.read(_PIECE):
                size += len(piece)
                self._bytes += len(piece)
                if size > MAX_MEMBER_BYTES or self._bytes > MAX_TOTAL_BYTES:
                    limit = min(MAX_MEMBER_BYTES, MAX_TOTAL_BYTES) // 1024**2
                    raise ParseError(
                        f"{self._name} unpacks to too much: {name} is over {limit} MB."
                    )
                target.write(piece)

    def _file(self, path: Path, name: str, depth: int) -> Iterator[Block]:
        """Yield a file's name and what is in it; one that cannot be read is named."""
        if not path.stat().st_size:
            return
        yield Block(text=name, kind=BlockKind.HEADING, level=min(depth, 6))
        try:
            if suffix_of(name) in {"zip", "7z", *_TARS, *_PACKED}:
                if depth >= MAX_DEPTH:
                    self._remark(f"{name} is an archive more than {MAX_DEPTH} deep")
                    return
                yield from self.blocks(path, name, depth + 1)
                return
            for page in inner_pages(path, name, self._options):
                yield from (_below(block, depth) for block in page.blocks)
                if page.note:
                    self._remark(f"{name}: {page.note}")
        except EncryptedFileError as error:
            self._remark(str(error))
        except ParseError as error:
            self._remark(f"{name} was not read: {error}")

    def _remark(self, text: str) -> None:
        if text not in self.remarks and len(self.remarks) < _MOST_REMARKS:
            self.remarks.append(text)


def _same(stream: IO[bytes] | Part) -> IO[bytes] | Part:
    return stream


def _below(block: Block, depth: int) -> Block:
    """Return a block whose heading stands below the name of its file."""
    level = min(block.level + depth, 6) if block.kind is BlockKind.HEADING else block.level
    return replace(block, level=level)


def _is_tar(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(_TAR_MAGIC_AT + 5)[_TAR_MAGIC_AT:] == b"ustar"


@contextmanager
def _damage_of(name: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise ParseError(f"{name} is damaged: it cannot be unpacked ({error}).") from error


def parse_archive(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the files of an archive as sections; what was left out is said in a last page."""
    folder = _Folder(name, options)
    number = 0
    for page in paginate(folder.blocks(path, name), options):
        number = page.number
        yield page
    if folder.remarks:
        yield Page(number=number + 1, total=0, blocks=(), note="; ".join(folder.remarks))
