"""Files inside a PDF: attachments, and the files of a portfolio."""

import ctypes
from typing import NamedTuple

import pypdfium2
from pypdfium2 import raw

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.inside import inner_blocks
from rag.parsing.registry import suffix_of
from rag.types import Block, BlockKind

MOST = 100
"""How many attachments of a file are read."""

MAX_BYTES = 32 * 1024**2
MAX_DEPTH = 3
"""In how many files a PDF may lie of which attached PDF files are still read."""


class Attached(NamedTuple):
    """What the files inside a PDF say, and which of them could not be read, and why."""

    blocks: tuple[Block, ...]
    notes: tuple[str, ...]


def _size(attachment: pypdfium2.PdfAttachment) -> int:
    size = ctypes.c_ulong()
    raw.FPDFAttachment_GetFile(attachment, None, 0, size)
    return size.value


def _read(
    attachment: pypdfium2.PdfAttachment, name: str, options: ParseOptions, notes: list[str]
) -> tuple[Block, ...]:
    """Return what one attachment says; raises ParseError with the reason if it cannot be read."""
    if _size(attachment) > MAX_BYTES:
        raise ParseError(f"it has more than {MAX_BYTES // 1024**2} MB.")
    if suffix_of(name) == "pdf" and options.depth >= MAX_DEPTH:
        raise ParseError("it stands too deep inside other PDF files.")
    try:
        data = bytes(attachment.get_data())
    except pypdfium2.PdfiumError as error:
        raise ParseError("it is empty or damaged.") from error
    title = Block(text=name, kind=BlockKind.HEADING, level=1)
    return (title, *inner_blocks(data, name, options, notes))


def attached(document: pypdfium2.PdfDocument, options: ParseOptions) -> Attached:
    """Read the files inside a PDF, which itself is read with `options`."""
    blocks: list[Block] = []
    notes: list[str] = []
    count = document.count_attachments()
    for index in range(min(count, MOST)):
        attachment = document.get_attachment(index)
        name = _name(attachment, index)
        try:
            blocks += _read(attachment, name, options, notes)
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
