"""Workbooks: the sheets of Excel's files, new and old, and of what is called so."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from rag.parsing.base import ParseOptions
from rag.parsing.office.archive import encrypted, is_encrypted_ole
from rag.parsing.office.notes import Notes, with_notes
from rag.parsing.office.ooxml import open_package
from rag.parsing.office.opendocument.sheets import sheet_document_blocks
from rag.parsing.office.pictures import Pictures
from rag.parsing.office.sheets.binary import MAIN_PART, binary_blocks
from rag.parsing.office.sheets.old import old_blocks
from rag.parsing.office.sheets.workbook import Workbook
from rag.parsing.office.sheets.xml2003 import is_spreadsheet_xml, xml_blocks
from rag.parsing.paging import paginate
from rag.parsing.registry import suffix_of
from rag.parsing.signatures import HEAD_BYTES, OLE, ZIP, looks_like_html, signature
from rag.parsing.text.delimited import parse_delimited
from rag.parsing.web.webpage import parse_html
from rag.types import Block, Page

_OPEN_SUFFIXES = frozenset({"ods", "ots", "fods"})


def _is_called_open(name: str, head: bytes) -> bool:
    """Return whether a file may be an OpenDocument sheet by its name."""
    return suffix_of(name) in _OPEN_SUFFIXES and b"xl/" not in head and not head.startswith(OLE)


def _new_blocks(
    path: Path, name: str, notes: Notes, *, hidden: bool, options: ParseOptions
) -> Iterator[Block]:
    with open_package(path, name) as package:
        main = next(iter(package.related("", "officeDocument")), MAIN_PART)
        if main.endswith(".bin") and package.has(main):
            yield from binary_blocks(package, name, notes, hidden=hidden)
            return
        pictures = Pictures(package, notes, options)
        yield from Workbook(package, name, notes, pictures, hidden=hidden).blocks()


def parse_workbook(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the rows of each sheet; pages are slices of them.

    What other programs export as .xls is often a web page, XML or a text table: these are read,
    too.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if head.startswith(OLE) and is_encrypted_ole(path):
        raise encrypted(name)
    read: Callable[..., Iterator[Block]]
    if is_spreadsheet_xml(head):
        read = xml_blocks
    elif looks_like_html(head):
        return parse_html(path, name, options)
    elif b"opendocument.spreadsheet" in head or _is_called_open(name, head):
        read = sheet_document_blocks
    elif head.startswith(OLE):
        read = old_blocks
    elif head.startswith(ZIP) or signature(head) or not head.strip():
        read = partial(_new_blocks, options=options)
    else:
        return parse_delimited(path, name, options)
    notes = Notes()
    return with_notes(paginate(read(path, name, notes, hidden=options.hidden), options), notes)
