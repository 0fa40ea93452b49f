"""Mailboxes (mbox): one message after the other."""

from collections.abc import Iterator
from pathlib import Path

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.mail.message import MAX_BYTES, message_blocks
from rag.parsing.paging import paginate
from rag.parsing.rows import tables_of
from rag.types import Block, Page

_START = b"From "
_LONGEST_LINE = 1 << 20
_MOST_REMARKS = 20


def _messages(path: Path, remarks: list[str]) -> Iterator[bytes]:
    """Yield the bytes of each message; a line that begins with ">From " had no ">" before."""
    lines: list[bytes] = []
    size = 0
    before = b"\n"
    with path.open("rb") as stream:
        while line := stream.readline(_LONGEST_LINE):
            if line.startswith(_START) and not before.strip():
                if lines:
                    yield b"".join(lines)
                lines, size = [], 0
            elif size <= MAX_BYTES:
                is_quoted = line.lstrip(b">").startswith(_START) and line.startswith(b">")
                lines.append(line[1:] if is_quoted else line)
                size += len(line)
            before = line
            if size > MAX_BYTES and lines:
                remarks.append(f"a message over the limit of {MAX_BYTES // 1024**2} MB")
                lines = []
    if lines:
        yield b"".join(lines)


def _blocks(path: Path, name: str, options: ParseOptions, remarks: list[str]) -> Iterator[Block]:
    for data in _messages(path, remarks):
        try:
            blocks, said = message_blocks(data, name, options)
            yield from blocks
            remarks += said
        except ParseError as error:
            remarks.append(str(error))


def parse_mailbox(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the messages of a mailbox; what was left out is said in a last page."""
    with path.open("rb") as stream:
        head = stream.read(len(_START))
    if head.strip() and head != _START:
        raise ParseError(f"{name} is no mailbox: it does not begin with a line 'From '.")
    remarks: list[str] = []
    number = 0
    with tables_of(name):
        for page in paginate(_blocks(path, name, options, remarks), options):
            number = page.number
            yield page
    if remarks:
        note = "; ".join(dict.fromkeys(remarks[:_MOST_REMARKS]))
        yield Page(number=number + 1, total=0, blocks=(), note=note)
