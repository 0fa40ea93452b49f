"""Files inside a PDF: attachments, and the files of a portfolio."""

import ctypes
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pypdfium2
from pypdfium2 import raw

from rag.errors import ParseError
from rag.parsing.base import ParseOptions, Parser
from rag.parsing.registry import find_parser, suffix_of
from rag.types import Block, BlockKind

MOST = 100
"""How many attachments of a file are read."""

MAX_BYTES = 32 * 1024**2
MAX_DEPTH = 3
"""How deep PDF files may stand inside each other."""


class Attached(NamedTuple):
    """What the files inside a PDF say, and which of them could not be read, and why."""

    blocks: tuple[Block, ...]
    notes: tuple[str, ...]


def _size(attachment: pypdfium2.PdfAttachment) -> int:
    size = ctypes.c_ulong()
    raw.FPDFAttachment_GetFile(attachment, None, 0, size)
    return size.value


def _blocks(data: bytes, name: str, parse: Parser) -> Iterator[Block]:
    yield Block(text=name, kind=BlockKind.HEADING, level=1)
    with TemporaryDirectory(prefix="attachment-") as folder:
        path = Path(folder) / "content"
        path.write_bytes(data)
        for page in parse(path, name, ParseOptions()):
            # Places on a page of the attachment would be taken for places in the PDF around it.
            yield from (replace(block, positions=()) for block in page.blocks)


def _read(
    attachment: pypdfium2.PdfAttachment, name: str, inner: Parser | None
) -> tuple[Block, ...]:
    """Return what one attachment says; raises ParseError with the reason if it cannot be read."""
    if _size(attachment) > MAX_BYTES:
        raise ParseError(f"it has more than {MAX_BYTES // 1024**2} MB.")
    is_pdf = suffix_of(name) == "pdf"
    if is_pdf and inner is None:
        raise ParseError("it stands too deep inside other PDF files.")
    parse = inner if is_pdf and inner is not None else find_parser(name)
    try:
        data = bytes(attachment.get_data())
    except pypdfium2.PdfiumError as error:
        raise ParseError("it is empty or damaged.") from error
    return tuple(_blocks(data, name, parse))


def attached(document: pypdfium2.PdfDocument, inner: Parser | None) -> Attached:
    """Read the files inside a PDF; `inner` reads those that are PDF, None if they are too deep."""
    blocks: list[Block] = []
    notes: list[str] = []
    count = document.count_attachments()
    for index in range(min(count, MOST)):
        attachment = document.get_attachment(index)
        name = _name(attachment, index)
        try:
            blocks += _read(attachment, name, inner)
        except ParseError as error:
            notes.append(f"the attachment {name} was not read: {error}")
    if count > MOST:
        notes.append(f"of {count} attachments only the first {MOST} were read")
    return Attached(tuple(blocks), tuple(notes))


def _name(attachment: pypdfium2.PdfAttachment, index: int) -> str:
    try:
        name = attachment.get_name()
    except pypdfium2.PdfiumError:
        name = ""
    return name.strip().rpartition("/")[2] or f"attachment {index + 1}"
