"""Old and foreign Office files, which LibreOffice turns into new ones that are read here."""

import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from rag.errors import EmptyFileError, ParseError
from rag.loading import loaded
from rag.parsing.base import ParseOptions, Parser
from rag.parsing.helpers.libreoffice import converted
from rag.parsing.mail.compound import CompoundFile
from rag.parsing.office.archive import encrypted, is_encrypted_ole
from rag.parsing.registry import find_parser, suffix_of
from rag.parsing.signatures import HEAD_BYTES, NAMED_BYTES, OLE, ZIP, likely_suffix
from rag.types import Page

MAX_BYTES = 256 * 1024**2

_WORD, _SLIDES, _SHEETS = "docx", "pptx", "xlsx"
_BECOMES: Mapping[str, str] = {
    **dict.fromkeys(("doc", "dot", "wps", "wpt", "rtf", "pages"), _WORD),
    **dict.fromkeys(("sxw", "stw", "wpd", "wri"), _WORD),
    **dict.fromkeys(("ppt", "pps", "pot", "dps", "dpt", "sxi", "key"), _SLIDES),
    **dict.fromkeys(("et", "ett", "sxc"), _SHEETS),
}
"""What files of a suffix become."""

_AS: Mapping[str, str] = {
    **dict.fromkeys(("wps", "wpt", "dot"), "doc"),
    **dict.fromkeys(("dps", "dpt", "pps", "pot"), "ppt"),
    **dict.fromkeys(("et", "ett"), "xls"),
}
"""What files of a suffix are taken for: those of WPS Office are Microsoft's but for their names."""

_PARSERS: Mapping[str, str] = {
    _WORD: "rag.parsing.office.word:parse_docx",
    _SLIDES: "rag.parsing.office.slides:parse_pptx",
    _SHEETS: "rag.parsing.office.spreadsheet:parse_workbook",
}
_KNOWN_PACKINGS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_SHEET_STREAMS = frozenset({"Workbook", "Book"})
_FLAGS_AT, _LOCKED_WORD = 0x0A, 0x0100  # MS-DOC 2.5.2, FibBase.fEncrypted
_TOKEN_AT, _LOCKED_SLIDES = 12, 0xF3D1C4DF  # MS-PPT 2.3.2, CurrentUserAtom.headerToken


def taken_for(name: str) -> str:
    """Return the suffix by which LibreOffice knows what a file of this name is."""
    suffix = suffix_of(name)
    return _AS.get(suffix, suffix)


def parse_converted(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the pages of what LibreOffice makes of a file; what it is wins over its suffix."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ParseError(f"{name} is over the limit of {MAX_BYTES // 1024**2} MB: split it.")
    with path.open("rb") as stream:
        head = stream.read(NAMED_BYTES)
    if not head.strip():
        raise EmptyFileError(f"{name} is empty.")
    suffix = suffix_of(name)
    if head.startswith(OLE):
        streams = _streams(path, name)
        if _SHEET_STREAMS & streams.keys():
            # Never through LibreOffice: it computes anew what a workbook has stored.
            parse: Parser = loaded(_PARSERS[_SHEETS])
            yield from parse(path, name, options)
            return
    elif (real := likely_suffix(head)) and _is_another(real, suffix, head):
        yield from find_parser(f"file.{real}")(path, f"{name}.{real}", options)
        return
    if head.startswith(ZIP) and _is_locked_by_apple(path):
        raise encrypted(name)
    target = _BECOMES[suffix]
    with converted(path, name, (taken_for(name), target), options.helpers) as result:
        read: Parser = loaded(_PARSERS[target])
        yield from read(result, name, options)


def _streams(path: Path, name: str) -> Mapping[str, bytes]:
    """Return the streams of an old Office file; EncryptedFileError if a password locks it."""
    if is_encrypted_ole(path):
        raise encrypted(name)
    streams = CompoundFile(path.read_bytes(), name).streams
    said = streams.get("WordDocument", b"")[_FLAGS_AT : _FLAGS_AT + 2]
    if len(said) == 2 and struct.unpack("<H", said)[0] & _LOCKED_WORD:  # noqa: PLR2004 - bytes
        raise encrypted(name)
    token = streams.get("Current User", b"")[_TOKEN_AT : _TOKEN_AT + 4]
    if token == struct.pack("<I", _LOCKED_SLIDES):
        raise encrypted(name)
    return streams


def _is_locked_by_apple(path: Path) -> bool:
    """Return whether a password locks a file of iWork: then its parts have a packing of their own.

    Since 2013 the archive names what checks the password.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return any(
                part.compress_type not in _KNOWN_PACKINGS or part.filename.startswith(".iwp")
                for part in archive.infolist()
            )
    except (zipfile.BadZipFile, OSError, UnicodeDecodeError):
        return False


def _is_another(real: str, suffix: str, head: bytes) -> bool:
    """Return whether content tells a format that has a reader of its own."""
    if real == suffix:
        return False
    if real == "txt":
        # Old text formats of others look like text, too.
        return suffix in {"doc", "dot"} and head[:HEAD_BYTES].isascii()
    return True
